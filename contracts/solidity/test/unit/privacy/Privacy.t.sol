// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Anchor} from "../../../src/anchor/Anchor.sol";
import {Roles} from "../../../src/authority/Roles.sol";
import {ClaimBook} from "../../../src/identity/claims/ClaimBook.sol";
import {Claim, SignedClaim} from "../../../src/identity/claims/IClaimBook.sol";
import {Registration} from "../../../src/identity/IIdentityRegistry.sol";
import {Attestation} from "../../../src/reserve/IReserveBook.sol";
import {ReserveBook} from "../../../src/reserve/ReserveBook.sol";
import {PaymentKind} from "../../../src/servicing/IPayingAgent.sol";
import {Documents} from "../../../src/token/Documents.sol";
import {Order} from "../../../src/token/ISecurityToken.sol";
import {Finder} from "../../base/Finder.sol";
import {SettlementStage} from "../../base/SettlementStage.sol";
import {Vm} from "../../base/Vm.sol";

interface VmWatch {
    struct ChainInfo {
        uint256 forkId;
        uint256 chainId;
    }

    struct StorageAccess {
        address account;
        bytes32 slot;
        bool isWrite;
        bytes32 previousValue;
        bytes32 newValue;
        bool reverted;
    }

    struct AccountAccess {
        ChainInfo chainInfo;
        uint8 kind;
        address account;
        address accessor;
        bool initialized;
        uint256 oldBalance;
        uint256 newBalance;
        bytes deployedCode;
        uint256 value;
        bytes data;
        bool reverted;
        StorageAccess[] storageAccesses;
        uint64 depth;
        uint64 oldNonce;
        uint64 newNonce;
    }

    function startStateDiffRecording() external;
    function stopAndReturnStateDiff() external returns (AccountAccess[] memory);
}

/// @notice Keeps a number under a key that anybody can compute: the key alone betrays it.
contract KeyedByNumber {
    mapping(uint256 key => uint256) private _entries;

    function keep(bytes32 cover) external {
        _entries[uint256(cover) ^ type(uint256).max] = 1;
    }
}

/// @notice A whole run (identity, claims, reserve, issue, transfer, order of law, coupon, redemption, documents, anchor), then a search of
/// everything that stays on chain (calldata, logs, storage keys and values) for the data of the person behind it.
/// @dev The platform's way is followed: what a person is stays behind a secret salt. The controls plant each datum and find it.
contract PrivacyTest is SettlementStage {
    using Finder for Finder.Patterns;

    // Plainly synthetic: no province has the code 9, no bank is called TEST.
    string private constant NAME = "Planted Testperson";
    string private constant CNIC = "99999-1234567-9";
    string private constant IBAN = "PK00TEST0000009876543210";
    string private constant EMAIL = "planted.testperson@example.invalid";
    string private constant PHONE = "+92-000-7654321";
    string private constant BANK_REFERENCE = "TESTBANK-REF-20260117";
    bytes32 private constant SALT = keccak256("known to the ministry only");

    uint256 private constant EXAMINER_KEY = 0xE8A;
    uint256 private constant CLAIM_KEY = 0x155E7;

    ClaimBook private claims;
    ReserveBook private reserve;
    Documents private documents;
    Anchor private anchor;

    function setUp() public override {
        super.setUp();
        claims = ClaimBook(deploy("ClaimBook", abi.encode(manager)));
        reserve = ReserveBook(deploy("ReserveBook", abi.encode(manager)));
        documents = Documents(deploy("Documents", abi.encode(manager)));
        anchor = Anchor(deploy("Anchor", abi.encode(manager)));
        vm.startPrank(ADMIN);
        manager.grantRole(Roles.EXAMINER, vm.addr(EXAMINER_KEY), 0);
        wireOne(address(claims), ClaimBook.recordClaims.selector, Roles.RELAY);
        wireOne(address(reserve), ReserveBook.addReserve.selector, Roles.DEPLOYER);
        wireOne(address(reserve), ReserveBook.attest.selector, Roles.RELAY);
        wireOne(address(reserve), ReserveBook.raiseEncumbrance.selector, Roles.ENFORCEMENT);
        wireOne(address(documents), Documents.setDocument.selector, Roles.ISSUER);
        wireOne(address(documents), Documents.removeDocument.selector, Roles.ISSUER);
        wireOne(address(anchor), Anchor.anchor.selector, Roles.ISSUER);
        uint256[] memory topics = new uint256[](1);
        topics[0] = 7;
        claims.addTrustedIssuer(vm.addr(CLAIM_KEY), topics);
        claims.addClaimTopic(7);
        registry.setClaimTopicsRegistry(address(claims));
        wireOne(address(registry), registry.registerWithClaims.selector, Roles.IDENTITY);
        vm.stopPrank();
    }

    function test_aWholeRunLeavesNoDatumAndNothingGuessable() public {
        Finder.Patterns memory p = patterns();
        watch();
        run();
        (string memory found, uint256 pieces) = search(p);
        vm.assertEq(found, "");
        vm.assertTrue(pieces > 300, "the run was seen");
    }

    /// @dev The search is not blind: what the same run does put on chain, it finds.
    function test_control_theRunIsSeen() public {
        bytes32[3] memory present =
            [bytes32(uint256(uint160(alice)) << 96), salted(BANK_REFERENCE), bytes32(bytes20(code(CNIC)))];
        for (uint256 i; i < present.length; ++i) {
            watch();
            uint256 state = VmState(address(vm)).snapshotState();
            run();
            Finder.Patterns memory p = Finder.empty();
            p.add(present[i], 20, "present");
            (string memory found,) = search(p);
            vm.assertEq(found, "present");
            VmState(address(vm)).revertToState(state);
        }
    }

    function test_control_eachPlantInAReferenceIsFound() public {
        bytes memory digits = bytes(Finder.stripped(CNIC));
        bytes32[14] memory plants = [
            bytes32(bytes(NAME)),
            bytes32(bytes(PHONE)),
            bytes32(bytes(IBAN)),
            bytes32(bytes(BANK_REFERENCE)),
            bytes32(bytes(EMAIL)),
            bytes32(Finder.numberOf(string(digits))),
            Finder.packed(digits, 0) >> 24,
            Finder.packed(digits, 1) >> 40,
            keccak256(bytes(CNIC)),
            keccak256(digits),
            sha256(digits),
            keccak256(abi.encode(Finder.numberOf(string(digits)))),
            bytes32(uint256(uint160(uint256(keccak256(bytes(EMAIL)))))),
            sha256(bytes(NAME))
        ];
        Finder.Patterns memory p = patterns();
        for (uint256 i; i < plants.length; ++i) {
            watch();
            vm.prank(ISSUER);
            anchor.anchor(1, keccak256("root"), 1, plants[i]);
            (string memory found,) = search(p);
            vm.assertTrue(bytes(found).length != 0, "a plant is not found");
        }
    }

    function test_control_aNameInADocumentsAddressIsFound() public {
        Finder.Patterns memory p = patterns();
        watch();
        vm.prank(ISSUER);
        documents.setDocument(address(token), "terms", string.concat("https://example.invalid/", NAME), "hash");
        (string memory found,) = search(p);
        vm.assertEq(found, string.concat("text ", NAME));
    }

    function test_control_anUnsaltedIdentityCodeIsFound() public {
        Finder.Patterns memory p = patterns();
        watch();
        registerAs(carol, address(uint160(uint256(keccak256(bytes(CNIC))))), KYC_EXPIRY);
        (string memory found,) = search(p);
        vm.assertEq(found, string.concat("keccak ", CNIC));
    }

    /// @dev The calldata is covered and nothing is logged: only the storage key tells.
    function test_control_aStorageKeyThatIsComputableIsFound() public {
        KeyedByNumber book = new KeyedByNumber();
        Finder.Patterns memory p = patterns();
        watch();
        book.keep(bytes32(Finder.numberOf(Finder.stripped(CNIC)) ^ type(uint256).max));
        (string memory found,) = search(p);
        vm.assertEq(found, string.concat("storage key of ", CNIC));
    }

    function testFuzz_finderFindsWhereverItStands(bytes32 noise, uint256 place, uint256 size) public pure {
        Finder.Patterns memory p = Finder.empty();
        p.add(bytes32("wanted"), 6, "wanted");
        size = bound(size, 6, 90);
        place = bound(place, 0, size - 6);
        bytes memory hay = new bytes(size);
        for (uint256 i; i < size; ++i) {
            hay[i] = noise[i % 32] & 0x5f;
        }
        vm.assertEq(p.scan(hay), "");
        for (uint256 i; i < 6; ++i) {
            hay[place + i] = bytes("wanted")[i];
        }
        vm.assertEq(p.scan(hay), "wanted");
    }

    function run() private {
        recordClaim();
        Registration[] memory lines = new Registration[](1);
        lines[0] = Registration(carol, code(CNIC), 586, 3, KYC_EXPIRY);
        vm.prank(IDENTITY);
        registry.registerWithClaims(lines);
        attestReserve();
        confirmUnits(token, 1, 2, 1_000);
        issueUnits(2, carol, 1_000);
        vm.prank(carol);
        token.transfer(bob, 100);
        vm.prank(ENFORCEMENT);
        controller.freezeUnits(address(token), carol, 50, Order(BASIS, salted(CNIC)));
        byOrder();
        payAndRedeem();
        vm.startPrank(ISSUER);
        documents.setDocument(address(token), "prospectus", "ipfs://document", salted(NAME));
        documents.removeDocument(address(token), "prospectus");
        anchor.anchor(1, salted(IBAN), 3, salted(PHONE));
        vm.stopPrank();
    }

    function byOrder() private {
        vm.prank(ENFORCEMENT);
        controller.forcedTransfer(address(token), 4, carol, alice, 200, Order(BASIS, salted(BANK_REFERENCE)));
    }

    function payAndRedeem() private {
        bytes32[2] memory ids = [salted("coupon"), salted(NAME)];
        cash.mint(TREASURY, 10_000 * SCALE);
        openFunded(ids[0], address(cash), PaymentKind.Coupon, 1_000);
        openFunded(ids[1], address(cash), PaymentKind.Redemption, 5_000);
        uint128[] memory amounts = new uint128[](1);
        amounts[0] = 500;
        vm.startPrank(PAYER);
        agent.pay(ids[0], payment(20, carol, 70), LATER);
        agent.redeemAndPay(ids[1], one(21, carol, 500), amounts, LATER);
        vm.stopPrank();
        vm.assertEq(token.balanceOf(carol), 200);
        assertMinor(carol, 570);
    }

    function recordClaim() private {
        Claim memory claim = Claim(code(CNIC), 7, salted(EMAIL), START, KYC_EXPIRY, salted(IBAN));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(CLAIM_KEY, claims.hashClaim(claim));
        SignedClaim[] memory list = new SignedClaim[](1);
        list[0] = SignedClaim(claim, vm.addr(CLAIM_KEY), abi.encodePacked(r, s, v));
        vm.prank(RELAY);
        claims.recordClaims(list);
    }

    function attestReserve() private {
        vm.prank(DEPLOYER);
        reserve.addReserve(address(token), salted("kind"), 10, 0);
        Attestation memory a = Attestation(address(token), 1, 100_000, 0, START, KYC_EXPIRY, salted("report"));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(EXAMINER_KEY, reserve.hashAttestation(a));
        vm.prank(RELAY);
        reserve.attest(a, abi.encodePacked(r, s, v));
        vm.prank(ENFORCEMENT);
        reserve.raiseEncumbrance(address(token), 5, Order(BASIS, salted(BANK_REFERENCE)));
    }

    /// @dev Made before `watch`: the hashing of a datum for the search must not be taken for a use of it.
    function patterns() private pure returns (Finder.Patterns memory p) {
        p = Finder.empty();
        p.addWords(NAME);
        p.addWords(EMAIL);
        p.addWords(IBAN);
        p.addWords(BANK_REFERENCE);
        p.addDigits(CNIC);
        p.addDigits(PHONE);
    }

    function watch() private {
        vm.recordLogs();
        VmWatch(address(vm)).startStateDiffRecording();
    }

    /// @return found the first datum that was found, or ""
    /// @return pieces how many pieces of calldata, log and storage were searched
    function search(Finder.Patterns memory p) private returns (string memory found, uint256 pieces) {
        VmWatch.AccountAccess[] memory seen = VmWatch(address(vm)).stopAndReturnStateDiff();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            ++pieces;
            found = p.scan(abi.encodePacked(logs[i].topics, logs[i].data));
            if (bytes(found).length != 0) return (found, pieces);
        }
        for (uint256 i; i < seen.length; ++i) {
            pieces += 1 + seen[i].storageAccesses.length;
            if (seen[i].account != address(vm)) found = p.scan(seen[i].data);
            for (uint256 j; j < seen[i].storageAccesses.length && bytes(found).length == 0; ++j) {
                VmWatch.StorageAccess memory s = seen[i].storageAccesses[j];
                found = p.scan(abi.encode(s.slot, s.newValue));
            }
            if (bytes(found).length != 0) return (found, pieces);
        }
    }

    function code(string memory datum) private pure returns (address) {
        return address(uint160(uint256(salted(datum))));
    }

    function salted(string memory datum) private pure returns (bytes32) {
        return keccak256(abi.encode(SALT, datum));
    }
}

interface VmState {
    function snapshotState() external returns (uint256);
    function revertToState(uint256 id) external returns (bool);
}
