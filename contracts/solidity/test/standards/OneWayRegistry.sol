// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {WalletRecord} from "../../src/identity/IIdentityRegistry.sol";

/// @notice A registry whose accounts may be open one way only, and which can break down.
contract OneWayRegistry {
    enum Mood {
        Well,
        Reverts,
        BurnsGas,
        AnswersTwo
    }

    mapping(address wallet => bool) private _send;
    mapping(address wallet => bool) private _receive;
    Mood public mood;

    error NoSender(address wallet);
    error NoReceiver(address wallet);

    function set(address wallet, bool send, bool receive_) external {
        _send[wallet] = send;
        _receive[wallet] = receive_;
    }

    function setMood(Mood mood_) external {
        mood = mood_;
    }

    function canSend(address wallet) external view returns (uint256) {
        return _answer(_send[wallet]);
    }

    function canReceive(address wallet) external view returns (uint256) {
        return _answer(_receive[wallet]);
    }

    function recordWord(address wallet) external pure returns (uint256) {
        return uint160(wallet);
    }

    function recordOf(address wallet) external pure returns (WalletRecord memory) {
        return WalletRecord(wallet, 0, 0, 0, 0);
    }

    function verifiedPair(address sender, address receiver) external view returns (uint256, uint256) {
        _answer(true);
        if (!_send[sender]) revert NoSender(sender);
        if (!_receive[receiver]) revert NoReceiver(receiver);
        return (uint160(sender), uint160(receiver));
    }

    function verifiedRecords(address[] calldata wallets) external view returns (uint256[] memory records) {
        _answer(true);
        records = new uint256[](wallets.length);
        for (uint256 i; i < wallets.length; ++i) {
            if (!_receive[wallets[i]]) revert NoReceiver(wallets[i]);
            records[i] = uint160(wallets[i]);
        }
    }

    function _answer(bool yes) private view returns (uint256) {
        if (mood == Mood.Reverts) revert("down");
        if (mood == Mood.BurnsGas) {
            assembly {
                invalid()
            }
        }
        if (mood == Mood.AnswersTwo) return 2;
        return yes ? 1 : 0;
    }
}
