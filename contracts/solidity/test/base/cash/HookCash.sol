// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PlainCash} from "./PlainCash.sol";

/// @notice Cash that refuses single wallets in several ways, and hands control to wallets that ask for it (ERC-777 style).
contract HookCash is PlainCash {
    enum Way {
        Pays,
        Refuses,
        BurnsGas,
        ReturnsMegabyte,
        CallsOut
    }

    struct Hook {
        Way way;
        address target;
        bytes data;
    }

    mapping(address wallet => Hook) private _hooks;

    /// @notice What the last call out answered.
    bool public hookDone;
    bytes public hookAnswer;

    error Refused(address wallet);

    constructor() PlainCash(6) {}

    function set(address wallet, Way way) external {
        _hooks[wallet].way = way;
    }

    function callOut(address wallet, address target, bytes calldata data) external {
        _hooks[wallet] = Hook(Way.CallsOut, target, data);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        _run(from);
        _run(to);
    }

    function _run(address wallet) private {
        Hook memory hook = _hooks[wallet];
        if (hook.way == Way.Refuses) revert Refused(wallet);
        if (hook.way == Way.BurnsGas) while (true) {}
        if (hook.way == Way.ReturnsMegabyte) {
            assembly {
                revert(0, 100000)
            }
        }
        if (hook.way == Way.CallsOut) {
            delete _hooks[wallet];
            (hookDone, hookAnswer) = hook.target.call(hook.data);
        }
    }
}
