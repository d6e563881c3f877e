// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC7943Fungible} from "../../src/token/core/IERC7943.sol";
import {RestrictedToken} from "../../src/token/core/RestrictedToken.sol";
import {Vm} from "../base/Vm.sol";

/// @notice What ERC-7943 asks of a fungible token, read from its text. Runs on the bare core and on the proxied security.
abstract contract ERC7943Behaviour {
    bytes32 private constant TRANSFER = keccak256("Transfer(address,address,uint256)");
    bytes32 private constant FROZEN = keccak256("Frozen(address,uint256)");
    bytes32 private constant FORCED = keccak256("ForcedTransfer(address,address,uint256)");
    Vm private constant cheats = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    address internal constant OFFICER = address(0x0FF1CE);
    address internal constant HOLDER = address(0x401D);
    address internal constant OTHER = address(0x07E4);
    address internal constant STRANGER = address(0x57);

    /// @dev HOLDER has 1,000 units; HOLDER and OTHER may send and receive; STRANGER may not; OFFICER holds the powers.
    function subject() internal view virtual returns (RestrictedToken);
    function permitAccount(address account, bool send, bool receive_) internal virtual;
    function cannotSend(address account) internal view virtual returns (bytes memory);
    function cannotReceive(address account) internal view virtual returns (bytes memory);
    function unauthorised(address caller, bytes4 selector) internal view virtual returns (bytes memory);

    function test_interfaceIdIsTheOneOfTheText() public view {
        cheats.assertEq(bytes32(type(IERC7943Fungible).interfaceId), bytes32(bytes4(0x3edbb4c4)));
        cheats.assertTrue(subject().supportsInterface(0x3edbb4c4));
        cheats.assertTrue(subject().supportsInterface(type(IERC165).interfaceId));
        cheats.assertTrue(subject().supportsInterface(type(IERC20).interfaceId));
        cheats.assertFalse(subject().supportsInterface(0xffffffff));
        cheats.assertFalse(subject().supportsInterface(0xdeadbeef));
    }

    function test_sendingAndReceivingAreTwoQuestions() public {
        permitAccount(HOLDER, true, false);
        permitAccount(OTHER, false, true);
        assertEligible(HOLDER, true, false);
        assertEligible(OTHER, false, true);
        assertEligible(STRANGER, false, false);
        cheats.prank(HOLDER);
        subject().transfer(OTHER, 10);
        assertBalances(990, 10);
        cheats.assertFalse(subject().canTransfer(OTHER, HOLDER, 1));
        permitAccount(HOLDER, true, true);
        refuse(OTHER, cannotSend(OTHER));
        subject().transfer(HOLDER, 1);
        permitAccount(HOLDER, true, false);
        permitAccount(OTHER, true, true);
        refuse(OTHER, cannotReceive(HOLDER));
        subject().transfer(HOLDER, 1);
        assertBalances(990, 10);
    }

    function test_checksComeInOrder() public {
        freeze(HOLDER, 900);
        permitAccount(HOLDER, false, true);
        refuse(HOLDER, abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        subject().transfer(address(0), 5_000);
        refuse(HOLDER, abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, HOLDER, 1_000, 1_001));
        subject().transfer(STRANGER, 1_001);
        refuse(HOLDER, insufficientUnfrozen(HOLDER, 101, 100));
        subject().transfer(STRANGER, 101);
        refuse(HOLDER, cannotSend(HOLDER));
        subject().transfer(STRANGER, 100);
        permitAccount(HOLDER, true, true);
        refuse(HOLDER, cannotReceive(STRANGER));
        subject().transfer(STRANGER, 100);
        cheats.prank(HOLDER);
        subject().transfer(OTHER, 100);
        assertBalances(900, 100);
    }

    function test_anAllowanceDoesNotAskWhoSpendsIt() public {
        cheats.prank(HOLDER);
        subject().approve(STRANGER, 50);
        cheats.prank(STRANGER);
        cheats.assertTrue(subject().transferFrom(HOLDER, OTHER, 30));
        cheats.assertEq(subject().allowance(HOLDER, STRANGER), 20);
        refuse(STRANGER, abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, STRANGER, 20, 21));
        subject().transferFrom(HOLDER, OTHER, 21);
        freeze(HOLDER, 960);
        refuse(STRANGER, insufficientUnfrozen(HOLDER, 20, 10));
        subject().transferFrom(HOLDER, OTHER, 20);
        refuse(STRANGER, abi.encodeWithSelector(IERC20Errors.ERC20InvalidSender.selector, address(0)));
        subject().transferFrom(address(0), OTHER, 0);
        refuse(HOLDER, abi.encodeWithSelector(IERC20Errors.ERC20InvalidSpender.selector, address(0)));
        subject().approve(address(0), 1);
        cheats.assertEq(subject().allowance(HOLDER, STRANGER), 20);
        assertBalances(970, 30);
    }

    function test_freezingReplacesAndMayExceedTheBalance() public {
        cheats.recordLogs();
        freeze(HOLDER, 300);
        freeze(HOLDER, 1_500);
        Vm.Log[] memory logs = only(FROZEN);
        cheats.assertEq(logs.length, 2);
        cheats.assertEq(logs[1].topics[1], bytes32(uint256(uint160(HOLDER))));
        cheats.assertEq(logs[1].data, abi.encode(1_500));
        cheats.assertEq(subject().getFrozenTokens(HOLDER), 1_500);
        cheats.assertFalse(subject().canTransfer(HOLDER, OTHER, 1));
        refuse(HOLDER, insufficientUnfrozen(HOLDER, 1, 0));
        subject().transfer(OTHER, 1);
        freeze(HOLDER, 0);
        cheats.prank(HOLDER);
        subject().transfer(OTHER, 400);
        freeze(HOLDER, 700);
        cheats.prank(OTHER);
        subject().transfer(HOLDER, 200);
        refuse(HOLDER, insufficientUnfrozen(HOLDER, 101, 100));
        subject().transfer(OTHER, 101);
        freeze(HOLDER, 0);
        cheats.prank(HOLDER);
        subject().transfer(OTHER, 800);
        assertBalances(0, 1_000);
    }

    function test_freezingHasTheWidthOfABalance() public {
        uint256 widest = type(uint120).max;
        freeze(HOLDER, widest);
        cheats.assertEq(subject().getFrozenTokens(HOLDER), widest);
        cheats.assertEq(subject().balanceOf(HOLDER), 1_000);
        refuse(OFFICER, abi.encodeWithSignature("TokenUnitsOutOfRange(uint256,uint256)", widest + 1, widest));
        subject().setFrozenTokens(HOLDER, widest + 1);
    }

    function test_aForcedTransferWithinTheFreePartLeavesTheFreezeAlone() public {
        freeze(HOLDER, 600);
        cheats.recordLogs();
        force(HOLDER, OTHER, 400);
        cheats.assertEq(subject().getFrozenTokens(HOLDER), 600);
        assertBalances(600, 400);
        Vm.Log[] memory logs = cheats.getRecordedLogs();
        cheats.assertEq(position(logs, FROZEN), type(uint256).max);
        cheats.assertTrue(position(logs, TRANSFER) < position(logs, FORCED));
    }

    function test_aForcedTransferPastItLowersTheFreezeByTheExcessAndSaysSoFirst() public {
        freeze(HOLDER, 600);
        cheats.recordLogs();
        force(HOLDER, OTHER, 450);
        Vm.Log[] memory logs = cheats.getRecordedLogs();
        (uint256 frozen, uint256 transfer) = (position(logs, FROZEN), position(logs, TRANSFER));
        cheats.assertEq(logs[frozen].data, abi.encode(550));
        cheats.assertEq(logs[position(logs, FORCED)].data, abi.encode(450));
        cheats.assertTrue(frozen < transfer && transfer < position(logs, FORCED));
        cheats.assertEq(subject().getFrozenTokens(HOLDER), 550);
        assertBalances(550, 450);
    }

    function test_aFreezeBeyondTheBalanceKeepsWhatIsStillToCome() public {
        freeze(HOLDER, 1_500);
        force(HOLDER, OTHER, 1_000);
        cheats.assertEq(subject().getFrozenTokens(HOLDER), 500);
        cheats.prank(OTHER);
        subject().transfer(HOLDER, 600);
        refuse(HOLDER, insufficientUnfrozen(HOLDER, 101, 100));
        subject().transfer(OTHER, 101);
        assertBalances(600, 400);
    }

    function test_aForcedTransferNeedsNoSenderButAReceiver() public {
        permitAccount(HOLDER, false, false);
        force(HOLDER, OTHER, 1);
        refuse(OFFICER, cannotReceive(STRANGER));
        subject().forcedTransfer(HOLDER, STRANGER, 1);
        refuse(OFFICER, abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        subject().forcedTransfer(HOLDER, address(0), 1);
        refuse(OFFICER, abi.encodeWithSelector(IERC20Errors.ERC20InvalidSender.selector, address(0)));
        subject().forcedTransfer(address(0), OTHER, 1);
        refuse(OFFICER, abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, HOLDER, 999, 1_000));
        subject().forcedTransfer(HOLDER, OTHER, 1_000);
        assertBalances(999, 1);
    }

    function test_aForcedTransferToOneselfIsRefusedAndErasesNoFreeze() public {
        freeze(HOLDER, 900);
        refuse(OFFICER, abi.encodeWithSelector(RestrictedToken.TokenTransferToSelf.selector, HOLDER));
        subject().forcedTransfer(HOLDER, HOLDER, 500);
        cheats.assertEq(subject().getFrozenTokens(HOLDER), 900);
    }

    function test_restrictedFunctionsAreRestricted() public {
        refuse(HOLDER, unauthorised(HOLDER, IERC7943Fungible.forcedTransfer.selector));
        subject().forcedTransfer(OTHER, HOLDER, 0);
        refuse(HOLDER, unauthorised(HOLDER, IERC7943Fungible.setFrozenTokens.selector));
        subject().setFrozenTokens(HOLDER, 0);
    }

    function testFuzz_canTransferSaysWhatATransferWouldDo(
        uint256 amount, uint256 frozen, uint8 flags, bool toSelf, bool toZero
    ) public {
        freeze(HOLDER, frozen % 1_300);
        permitAccount(HOLDER, flags & 1 != 0, flags & 2 != 0);
        permitAccount(OTHER, flags & 4 != 0, flags & 8 != 0);
        address to = toZero ? address(0) : toSelf ? HOLDER : OTHER;
        amount %= 1_300;
        bool promised = subject().canTransfer(HOLDER, to, amount);
        cheats.prank(HOLDER);
        try subject().transfer(to, amount) {
            cheats.assertTrue(promised, "refused by the view, done by the transfer");
        } catch {
            cheats.assertFalse(promised, "allowed by the view, refused by the transfer");
        }
    }

    function freeze(address account, uint256 amount) internal {
        cheats.prank(OFFICER);
        cheats.assertTrue(subject().setFrozenTokens(account, amount));
    }

    function force(address from, address to, uint256 amount) internal {
        cheats.prank(OFFICER);
        cheats.assertTrue(subject().forcedTransfer(from, to, amount));
    }

    function refuse(address caller, bytes memory reason) internal {
        cheats.expectRevert(reason);
        cheats.prank(caller);
    }

    function assertBalances(uint256 ofHolder, uint256 ofOther) internal view {
        cheats.assertEq(subject().balanceOf(HOLDER), ofHolder);
        cheats.assertEq(subject().balanceOf(OTHER), ofOther);
    }

    function assertEligible(address account, bool send, bool receive_) private view {
        cheats.assertEq(subject().canSend(account), send);
        cheats.assertEq(subject().canReceive(account), receive_);
    }

    function insufficientUnfrozen(address account, uint256 amount, uint256 unfrozen)
        internal
        pure
        returns (bytes memory)
    {
        bytes4 selector = IERC7943Fungible.ERC7943InsufficientUnfrozenBalance.selector;
        return abi.encodeWithSelector(selector, account, amount, unfrozen);
    }

    function position(Vm.Log[] memory logs, bytes32 topic) internal pure returns (uint256) {
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] == topic) return i;
        }
        return type(uint256).max;
    }

    function only(bytes32 topic) private returns (Vm.Log[] memory kept) {
        Vm.Log[] memory logs = cheats.getRecordedLogs();
        kept = new Vm.Log[](logs.length);
        uint256 count;
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] == topic) kept[count++] = logs[i];
        }
        assembly ("memory-safe") {
            mstore(kept, count)
        }
    }
}
