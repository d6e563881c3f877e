// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC7943Fungible} from "../../src/token/core/IERC7943.sol";
import {RestrictedToken} from "../../src/token/core/RestrictedToken.sol";
import {TestBase} from "../base/TestBase.sol";
import {Vm} from "../base/Vm.sol";
import {ERC7943Behaviour} from "./ERC7943Behaviour.sol";
import {PlainToken} from "./PlainToken.sol";

/// @notice The bare core, constructed without a proxy, refuses in the standard's own words.
contract ERC7943Test is TestBase, ERC7943Behaviour {
    PlainToken private token;

    function setUp() public {
        token = new PlainToken("Plain", "PLN", OFFICER);
        permitAccount(HOLDER, true, true);
        permitAccount(OTHER, true, true);
        vm.prank(OFFICER);
        token.mint(HOLDER, 1_000);
    }

    function test_metadataComesFromTheConstructor() public view {
        vm.assertEq(token.name(), "Plain");
        vm.assertEq(token.symbol(), "PLN");
        vm.assertEq(uint256(token.decimals()), 18);
        vm.assertEq(token.totalSupply(), 1_000);
        vm.assertTrue(token.supportsInterface(type(IAccessControl).interfaceId));
    }

    function test_mintAsksTheReceiver() public {
        bytes32 role = token.MINTER();
        vm.prank(OFFICER);
        token.mint(OTHER, 5);
        vm.assertEq(token.totalSupply(), 1_005);
        refuse(OFFICER, cannotReceive(STRANGER));
        token.mint(STRANGER, 1);
        refuse(OFFICER, abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        token.mint(address(0), 1);
        refuse(HOLDER, abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, HOLDER, role));
        token.mint(HOLDER, 1);
        uint256 room = type(uint120).max - 1_005;
        refuse(OFFICER, abi.encodeWithSignature("TokenUnitsOutOfRange(uint256,uint256)", room + 1, room));
        token.mint(HOLDER, room + 1);
        vm.prank(OFFICER);
        token.mint(HOLDER, room);
        vm.assertEq(token.totalSupply(), type(uint120).max);
        vm.assertEq(token.balanceOf(HOLDER) + token.balanceOf(OTHER), type(uint120).max);
    }

    function test_aRuleOfTheSubclassIsSaidBeforehandAndRefused() public {
        vm.prank(OFFICER);
        token.allowAtOnce(99);
        vm.assertTrue(token.canTransfer(HOLDER, OTHER, 99));
        vm.assertFalse(token.canTransfer(HOLDER, OTHER, 100));
        refuse(HOLDER, abi.encodeWithSelector(IERC7943Fungible.ERC7943CannotTransfer.selector, HOLDER, OTHER, 100));
        token.transfer(OTHER, 100);
        vm.prank(HOLDER);
        token.transfer(OTHER, 99);
        vm.assertEq(token.balanceOf(OTHER), 99);
    }

    function test_nothingIsBurnedOfNobody() public {
        refuse(OFFICER, abi.encodeWithSelector(IERC20Errors.ERC20InvalidSender.selector, address(0)));
        token.burnOf(address(0), 1);
        vm.assertEq(token.totalSupply(), 1_000);
    }

    function test_aBurnByAuthorityTakesFrozenUnitsLastAndSaysSoFirst() public {
        bytes32 role = token.BURNER();
        refuse(HOLDER, abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, HOLDER, role));
        token.burn(1);
        vm.prank(OFFICER);
        token.grantRole(role, HOLDER);
        freeze(HOLDER, 500);
        permitAccount(HOLDER, false, false);
        vm.recordLogs();
        vm.prank(HOLDER);
        token.burn(600);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 2);
        vm.assertEq(logs[0].topics[0], keccak256("Frozen(address,uint256)"));
        vm.assertEq(logs[0].data, abi.encode(400));
        vm.assertEq(logs[1].topics[0], keccak256("Transfer(address,address,uint256)"));
        vm.assertEq(token.totalSupply(), 400);
        refuse(HOLDER, abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, HOLDER, 400, 401));
        token.burn(401);
        vm.prank(HOLDER);
        token.burn(400);
        vm.assertEq(token.getFrozenTokens(HOLDER), 0);
        vm.assertEq(token.totalSupply(), 0);
    }

    function test_storageIsTheNamespaceAlone() public view {
        // The subclass's own first slots: AccessControl's mapping and two lists, all empty roots.
        for (uint256 i; i < 3; ++i) {
            vm.assertEq(vm.load(address(token), bytes32(i)), bytes32(0));
        }
    }

    function subject() internal view override returns (RestrictedToken) {
        return token;
    }

    function permitAccount(address account, bool send, bool receive_) internal override {
        vm.prank(OFFICER);
        token.list(account, send, receive_);
    }

    function cannotSend(address account) internal pure override returns (bytes memory) {
        return abi.encodeWithSelector(IERC7943Fungible.ERC7943CannotSend.selector, account);
    }

    function cannotReceive(address account) internal pure override returns (bytes memory) {
        return abi.encodeWithSelector(IERC7943Fungible.ERC7943CannotReceive.selector, account);
    }

    function unauthorised(address caller, bytes4 selector) internal view override returns (bytes memory) {
        bytes32 role = selector == IERC7943Fungible.forcedTransfer.selector ? token.FORCER() : token.FREEZER();
        return abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, caller, role);
    }
}
