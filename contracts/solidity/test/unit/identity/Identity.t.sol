// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC3643IdentityRegistry} from "../../../src/identity/IERC3643IdentityRegistry.sol";
import {IIdentityRegistry, Registration, WalletRecord} from "../../../src/identity/IIdentityRegistry.sol";
import {EngineStage} from "../../base/EngineStage.sol";
import {Vm} from "../../base/Vm.sol";

/// @notice One word per wallet: whose it is for ever, and until when it counts.
contract IdentityTest is EngineStage {
    address private constant ANNE = address(0x31);
    address private constant BERT = address(0x32);
    address private constant WALLET = address(0xA1);

    function setUp() public override {
        super.setUp();
        registerFull(WALLET, ANNE, 586, 4);
    }

    function test_aWalletNeverChangesItsInvestor() public {
        bytes memory reason =
            abi.encodeWithSelector(IIdentityRegistry.IdentityFixed.selector, WALLET, ANNE, BERT);
        Registration[] memory lines = line(WALLET, BERT, KYC_EXPIRY);
        vm.expectRevert(reason);
        vm.prank(IDENTITY);
        registry.registerBatch(lines);
        vm.expectRevert(reason);
        vm.prank(ADMIN);
        registry.updateIdentity(WALLET, BERT);
        remove(WALLET);
        vm.expectRevert(reason);
        vm.prank(IDENTITY);
        registry.registerBatch(lines);
        vm.expectRevert(reason);
        vm.prank(ADMIN);
        registry.registerIdentity(WALLET, BERT, 586);
        vm.assertEq(registry.recordOf(WALLET).identity, ANNE);
        registerFull(WALLET, ANNE, 586, 4);
        vm.assertEq(registry.identity(WALLET), ANNE);
    }

    function test_anInvestorHasSeveralWallets() public {
        vm.recordLogs();
        registerFull(address(0xA2), ANNE, 840, 4);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 2);
        vm.assertEq(logs[1].topics[0], IERC3643IdentityRegistry.IdentityRegistered.selector);
        vm.assertEq(logs[1].topics[1], bytes32(uint256(0xA2)));
        vm.assertEq(logs[1].topics[2], bytes32(uint256(uint160(ANNE))));
        vm.assertEq(registry.identity(address(0xA2)), ANNE);
        vm.assertEq(uint256(registry.investorCountry(address(0xA2))), 840);
        vm.assertEq(uint256(registry.investorCountry(WALLET)), 586);
    }

    function test_removalKeepsIdentityAndNothingElseThatCounts() public {
        remove(WALLET);
        vm.assertFalse(registry.contains(WALLET));
        vm.assertFalse(registry.isVerified(WALLET));
        vm.assertFalse(registry.canSend(WALLET));
        vm.assertEq(registry.identity(WALLET), address(0));
        vm.assertEq(registry.recordWord(WALLET), uint160(ANNE));
        vm.assertEq(uint256(registry.investorCountry(WALLET)), 0);
        bytes memory reason = abi.encodeWithSelector(IIdentityRegistry.IdentityUnknown.selector, WALLET);
        vm.expectRevert(reason);
        registry.verifiedRecords(single(WALLET));
        vm.expectRevert(reason);
        vm.prank(IDENTITY);
        registry.removeBatch(single(WALLET));
        vm.expectRevert(reason);
        vm.prank(ADMIN);
        registry.updateCountry(WALLET, 1);
    }

    function test_onlyTheIdentityRoleRemoves() public {
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, SANCTIONS));
        vm.prank(SANCTIONS);
        registry.removeBatch(single(WALLET));
        vm.assertTrue(registry.contains(WALLET));
    }

    function test_aRecordWithoutExpiryIsRefused() public {
        Registration[] memory lines = line(carol, BERT, 0);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.IdentityExpiryZero.selector, carol));
        vm.prank(IDENTITY);
        registry.registerBatch(lines);
        lines = line(address(0), BERT, 1);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.IdentityZero.selector, address(0)));
        vm.prank(IDENTITY);
        registry.registerBatch(lines);
        vm.assertFalse(registry.contains(carol));
    }

    function test_theRecordAtItsEdges() public {
        Registration[] memory lines = new Registration[](1);
        lines[0] =
            Registration(carol, address(type(uint160).max), type(uint16).max, type(uint8).max, type(uint40).max);
        vm.prank(IDENTITY);
        registry.registerBatch(lines);
        WalletRecord memory r = registry.recordOf(carol);
        vm.assertEq(r.identity, address(type(uint160).max));
        vm.assertEq(uint256(r.country), type(uint16).max);
        vm.assertEq(uint256(r.category), type(uint8).max);
        vm.assertEq(uint256(r.expiry), type(uint40).max);
        vm.assertEq(uint256(r.flags), 0);
        vm.assertEq(registry.recordWord(carol), type(uint224).max);
    }

    function test_expiryNamesItselfAndNow() public {
        vm.warp(KYC_EXPIRY - 1);
        vm.assertTrue(registry.canSend(WALLET));
        vm.warp(KYC_EXPIRY);
        vm.assertFalse(registry.canSend(WALLET));
        vm.assertFalse(registry.canReceive(WALLET));
        bytes memory reason = abi.encodeWithSelector(
            IIdentityRegistry.IdentityExpired.selector, WALLET, KYC_EXPIRY, KYC_EXPIRY
        );
        vm.expectRevert(reason);
        registry.verifiedRecords(single(WALLET));
        vm.expectRevert(reason);
        registry.verifiedPair(WALLET, carol);
    }

    /// @dev Each write's one event is the word that is stored.
    function test_logsRebuildTheRecord() public {
        vm.recordLogs();
        registerFull(WALLET, ANNE, 840, 5);
        uint32[] memory flags = new uint32[](1);
        flags[0] = 9;
        vm.prank(IDENTITY);
        registry.setFlagsBatch(single(WALLET), flags);
        vm.prank(SANCTIONS);
        registry.setSanctioned(single(WALLET), true);
        remove(WALLET);
        registerFull(WALLET, ANNE, 586, 4);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        bytes32 last;
        uint256 count;
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] != IIdentityRegistry.WalletRecorded.selector) continue;
            if (logs[i].topics[1] != bytes32(uint256(uint160(WALLET)))) continue;
            last = bytes32(logs[i].data);
            ++count;
        }
        vm.assertEq(count, 5);
        vm.assertEq(last, bytes32(registry.recordWord(WALLET)));
        vm.assertEq(uint256(registry.recordOf(WALLET).flags), (1 << 31) | 9);
    }

    function test_aChangeOfCountryIsSaidAsTheStandardSaysIt() public {
        vm.recordLogs();
        registerFull(WALLET, ANNE, 840, 4);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 2);
        vm.assertEq(logs[1].topics[0], IERC3643IdentityRegistry.CountryUpdated.selector);
        vm.assertEq(logs[1].topics[2], bytes32(uint256(840)));
        vm.recordLogs();
        registerFull(WALLET, ANNE, 840, 7);
        vm.assertEq(vm.getRecordedLogs().length, 1);
    }

    function test_theStandardsFunctionsAnswerToNobodyInProduction() public {
        bytes memory reason = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, IDENTITY);
        vm.startPrank(IDENTITY);
        vm.expectRevert(reason);
        registry.registerIdentity(carol, BERT, 1);
        vm.expectRevert(reason);
        registry.batchRegisterIdentity(single(carol), single(BERT), new uint16[](1));
        vm.expectRevert(reason);
        registry.deleteIdentity(WALLET);
        vm.expectRevert(reason);
        registry.updateCountry(WALLET, 1);
        vm.expectRevert(reason);
        registry.updateIdentity(WALLET, ANNE);
        vm.expectRevert(reason);
        registry.setClaimTopicsRegistry(ANNE);
        vm.expectRevert(reason);
        registry.setTrustedIssuersRegistry(ANNE);
        vm.stopPrank();
        vm.assertEq(registry.issuersRegistry(), address(0));
    }

    function test_batchRegistrationOfTheStandard() public {
        address[] memory two = new address[](2);
        (two[0], two[1]) = (carol, address(0xDA));
        uint16[] memory countries = new uint16[](2);
        (countries[0], countries[1]) = (1, 2);
        vm.startPrank(ADMIN);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.IdentityLengthMismatch.selector, 2, 1));
        registry.batchRegisterIdentity(two, single(BERT), countries);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.IdentityLengthMismatch.selector, 2, 1));
        registry.batchRegisterIdentity(two, two, new uint16[](1));
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.IdentityBatchSize.selector, 0, 400));
        registry.batchRegisterIdentity(new address[](0), two, countries);
        registry.batchRegisterIdentity(two, two, countries);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.IdentityPartUnsupported.selector));
        registry.setIdentityRegistryStorage(ANNE);
        vm.stopPrank();
        vm.assertEq(uint256(registry.investorCountry(address(0xDA))), 2);
        vm.assertEq(uint256(registry.recordOf(carol).expiry), type(uint40).max);
        vm.assertEq(registry.identityStorage(), address(registry));
    }

    function test_theRegistryAnnouncesItsFaces() public view {
        vm.assertTrue(registry.supportsInterface(type(IERC165).interfaceId));
        vm.assertTrue(registry.supportsInterface(type(IIdentityRegistry).interfaceId));
        vm.assertTrue(registry.supportsInterface(type(IERC3643IdentityRegistry).interfaceId));
        vm.assertFalse(registry.supportsInterface(0xffffffff));
    }

    /// @dev Against a plain model of the record, by fields.
    function testFuzz_registrationRemovalAndRenewal(uint256 seed) public {
        WalletRecord memory model = WalletRecord(ANNE, 586, 4, KYC_EXPIRY, 0);
        for (uint256 i; i < 12; ++i) {
            uint256 dice = uint256(keccak256(abi.encode(seed, i)));
            if (dice % 4 == 0 && model.expiry != 0) {
                remove(WALLET);
                (model.country, model.category, model.expiry) = (0, 0, 0);
            } else if (dice % 4 == 1) {
                model.flags = uint32(dice >> 64) >> 1 | (model.flags & (1 << 31));
                uint32[] memory flags = new uint32[](1);
                flags[0] = uint32(dice >> 64) >> 1;
                vm.prank(IDENTITY);
                registry.setFlagsBatch(single(WALLET), flags);
            } else if (dice % 4 == 2) {
                bool on = dice >> 255 == 1;
                model.flags = on ? model.flags | (1 << 31) : model.flags & type(uint32).max >> 1;
                vm.prank(SANCTIONS);
                registry.setSanctioned(single(WALLET), on);
            } else {
                (model.country, model.category) = (uint16(dice >> 8), uint8(dice >> 24));
                model.expiry = KYC_EXPIRY;
                registerFull(WALLET, ANNE, model.country, model.category);
            }
            vm.assertEq(keccak256(abi.encode(registry.recordOf(WALLET))), keccak256(abi.encode(model)));
            vm.assertEq(registry.contains(WALLET), model.expiry != 0);
            bool both = model.expiry != 0 && model.flags & ~uint32(1 << 29) & ~uint32(1 << 30) == 0;
            vm.assertEq(registry.canSend(WALLET), both && model.flags & (1 << 30) == 0);
            vm.assertEq(registry.canReceive(WALLET), both && model.flags & (1 << 29) == 0);
        }
    }

    function remove(address wallet) private {
        vm.prank(IDENTITY);
        registry.removeBatch(single(wallet));
    }

    function line(address wallet, address identity, uint40 expiry) private pure returns (Registration[] memory lines) {
        lines = new Registration[](1);
        lines[0] = Registration(wallet, identity, 586, 4, expiry);
    }
}
