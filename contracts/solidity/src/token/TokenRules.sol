// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEngine} from "../compliance/IEngine.sol";
import {IERC3643Compliance} from "../compliance/IERC3643Compliance.sol";
import {IIdentityRegistry} from "../identity/IIdentityRegistry.sol";
import {AccountWord} from "./core/AccountWord.sol";
import {RestrictedToken} from "./core/RestrictedToken.sol";
import {IERC3643} from "./IERC3643.sol";
import {TokenState} from "./TokenState.sol";

/// @notice The core's hooks answered: the AccessManager says who may call, the registry who may send and receive, the engine
/// the rest. Refusals come from whoever refuses, so they say more than ERC-7943's own errors.
abstract contract TokenRules is TokenState {
    using AccountWord for uint256;

    /// @inheritdoc IERC3643
    /// @dev Pays many holders for the price of the parts that differ: the sender is checked and debited once for the total, the
    /// receivers are read in one call and the engine is asked once. A batch needs the total at its start.
    function batchTransfer(address[] calldata toList, uint256[] calldata amounts) external {
        _checkLengths(toList.length, amounts.length);
        uint256 total = _totalOf(toList, amounts);
        _requireUnfrozen(msg.sender, total);
        _beforeBatch(toList, amounts);
        _debit(msg.sender, total);
        for (uint256 i; i < toList.length; ++i) {
            (address to, uint256 amount) = (toList[i], amounts[i]);
            Account storage account = _ledger().accounts[to];
            uint256 word = account.word;
            if (word.isClosed()) revert TokenWalletFrozen(to);
            // As `_credit`, with the word that was read already.
            unchecked {
                account.word = word + amount;
            }
            emit Transfer(msg.sender, to, amount);
        }
    }

    /// @inheritdoc RestrictedToken
    function canSend(address account) public view override returns (bool) {
        return !_word(account).isClosed()
            && _affirms(_security().identityRegistry, abi.encodeCall(IIdentityRegistry.canSend, (account)));
    }

    /// @inheritdoc RestrictedToken
    function canReceive(address account) public view override returns (bool) {
        return account != address(0) && !_word(account).isClosed()
            && _affirms(_security().identityRegistry, abi.encodeCall(IIdentityRegistry.canReceive, (account)));
    }

    /// @dev The shared controller, wired once for all series, or whoever the AccessManager names for this token.
    function _requireMayCall(address caller, bytes4) internal override {
        if (caller != _security().controller) _checkCanCall(caller, msg.data);
    }

    // slither-disable-next-line dead-code -- a hook for subclasses of the core
    function _requireCanReceive(address account) internal view override {
        _receiverRecord(account);
    }

    /// @dev Identity of both ends in one call, and their records handed on to the engine, which need not read them again.
    function _beforeTransfer(address from, address to, uint256 amount) internal override {
        _requireRunning();
        _requireWalletOpen(from);
        _requireWalletOpen(to);
        (uint256 fromRecord, uint256 toRecord) = _registry().verifiedPair(from, to);
        _engine().onTransfer(fromRecord, toRecord, amount);
    }

    function _rulesAllow(address from, address to, uint256 amount) internal view override returns (bool) {
        return !_security().paused
            && _affirms(_security().engine, abi.encodeCall(IERC3643Compliance.canTransfer, (from, to, amount)));
    }

    /// @dev What a receiver must be in every way in: not frozen, and on record as one who may hold.
    function _receiverRecord(address wallet) internal view returns (uint256 record) {
        _requireWalletOpen(wallet);
        address[] memory wallets = new address[](1);
        wallets[0] = wallet;
        // slither-disable-next-line calls-loop -- a bounded batch; our own contract, which calls no stranger
        return _registry().verifiedRecords(wallets)[0];
    }

    function _registry() internal view returns (IIdentityRegistry) {
        return IIdentityRegistry(_security().identityRegistry);
    }

    function _engine() internal view returns (IEngine) {
        return IEngine(_security().engine);
    }

    function _beforeBatch(address[] calldata toList, uint256[] calldata amounts) private {
        _requireRunning();
        _requireWalletOpen(msg.sender);
        // slither-disable-next-line unused-return -- the receivers are read below, all at once
        (uint256 fromRecord,) = _registry().verifiedPair(msg.sender, toList[0]);
        // slither-disable-next-line reentrancy-events,reentrancy-no-eth -- our engine, which calls no stranger
        _engine().onTransferBatch(fromRecord, _registry().verifiedRecords(toList), amounts);
    }

    function _totalOf(address[] calldata toList, uint256[] calldata amounts) private pure returns (uint256 total) {
        for (uint256 i; i < amounts.length; ++i) {
            if (toList[i] == address(0)) revert ERC20InvalidReceiver(address(0));
            total += amounts[i];
        }
    }

    /// @dev True only for the plain answer `true`: a contract that reverts, is missing, burns its gas or answers something else
    /// affirms nothing, and the view that asks never reverts.
    // slither-disable-next-line assembly -- any answer but a plain true must not revert the question
    function _affirms(address target, bytes memory question) private view returns (bool answer) {
        assembly ("memory-safe") {
            let success := staticcall(gas(), target, add(question, 0x20), mload(question), 0, 0x20)
            answer := and(and(success, gt(returndatasize(), 0x1f)), eq(mload(0), 1))
        }
    }
}
