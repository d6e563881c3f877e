// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PlainCash} from "./PlainCash.sol";

/// @notice Cash tokens that misbehave, one trick at a time.
contract TrickCash is PlainCash {
    enum Trick {
        None,
        FeeFromReceiver,
        FeeFromSender,
        ReturnsFalse,
        MovesNothing,
        Stopped
    }

    Trick public trick;
    uint256 public fee = 1;

    constructor() PlainCash(6) {}

    function play(Trick trick_) external {
        trick = trick_;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        return _play(_msgSender(), to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        if (trick != Trick.ReturnsFalse) _spendAllowance(from, _msgSender(), value);
        return _play(from, to, value);
    }

    function _play(address from, address to, uint256 value) private returns (bool) {
        require(trick != Trick.Stopped, "stopped");
        if (trick == Trick.ReturnsFalse) return false;
        if (trick == Trick.MovesNothing) return true;
        _transfer(from, to, trick == Trick.FeeFromReceiver ? value - fee : value);
        if (trick == Trick.FeeFromReceiver) _burn(from, fee);
        if (trick == Trick.FeeFromSender) _burn(from, fee);
        return true;
    }
}
