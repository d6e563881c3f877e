// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {RestrictedToken} from "./core/RestrictedToken.sol";
import {IERC3643} from "./IERC3643.sol";
import {Order} from "./ISecurityToken.sol";
import {TokenPowers} from "./TokenPowers.sol";

/// @notice The unnumbered functions of ERC-3643, for interoperability.
/// @dev They pass the same rules and carry number 0 in their events. Freezes and pause serve the controller as well; the rest
/// answers only to whom the AccessManager names: production names nobody.
abstract contract TokenInterop is TokenPowers {
    /// @inheritdoc IERC3643
    function mint(address to, uint256 amount) external authorised {
        _mint(to, amount);
    }

    /// @inheritdoc IERC3643
    function batchMint(address[] calldata toList, uint256[] calldata amounts) external authorised {
        _checkLengths(toList.length, amounts.length);
        for (uint256 i; i < toList.length; ++i) {
            _mint(toList[i], amounts[i]);
        }
    }

    /// @inheritdoc IERC3643
    function burn(address userAddress, uint256 amount) external authorised {
        _burn(userAddress, amount);
    }

    /// @inheritdoc IERC3643
    function batchBurn(address[] calldata userAddresses, uint256[] calldata amounts) external authorised {
        _checkLengths(userAddresses.length, amounts.length);
        for (uint256 i; i < userAddresses.length; ++i) {
            _burn(userAddresses[i], amounts[i]);
        }
    }

    /// @inheritdoc IERC3643
    function batchForcedTransfer(address[] calldata fromList, address[] calldata toList, uint256[] calldata amounts)
        external
        authorised
    {
        _checkLengths(fromList.length, toList.length);
        _checkLengths(fromList.length, amounts.length);
        for (uint256 i; i < fromList.length; ++i) {
            _forceTransfer(fromList[i], toList[i], amounts[i]);
        }
    }

    /// @inheritdoc IERC3643
    /// @dev The identity argument of the standard is not trusted: both wallets must have the same identity on record.
    function recoveryAddress(address lostWallet, address newWallet, address) external authorised returns (bool) {
        _recover(0, lostWallet, newWallet, Order(0, 0));
        return true;
    }

    /// @inheritdoc IERC3643
    function pause() external authorised {
        _security().paused = true;
        emit Paused(msg.sender);
    }

    /// @inheritdoc IERC3643
    function unpause() external authorised {
        if (_security().deactivated) revert TokenDeactivated(address(this));
        _security().paused = false;
        emit Unpaused(msg.sender);
    }

    /// @inheritdoc IERC3643
    function setAddressFrozen(address userAddress, bool freeze) external authorised {
        _setWalletFrozen(userAddress, freeze);
    }

    /// @inheritdoc IERC3643
    function batchSetAddressFrozen(address[] calldata userAddresses, bool[] calldata freeze) external authorised {
        _checkLengths(userAddresses.length, freeze.length);
        for (uint256 i; i < userAddresses.length; ++i) {
            _setWalletFrozen(userAddresses[i], freeze[i]);
        }
    }

    /// @inheritdoc IERC3643
    function freezePartialTokens(address userAddress, uint256 amount) external authorised {
        _freezeUnits(userAddress, amount);
    }

    /// @inheritdoc IERC3643
    function batchFreezePartialTokens(address[] calldata userAddresses, uint256[] calldata amounts)
        external
        authorised
    {
        _checkLengths(userAddresses.length, amounts.length);
        for (uint256 i; i < userAddresses.length; ++i) {
            _freezeUnits(userAddresses[i], amounts[i]);
        }
    }

    /// @inheritdoc IERC3643
    function unfreezePartialTokens(address userAddress, uint256 amount) external authorised {
        _unfreezeUnits(userAddress, amount);
    }

    /// @inheritdoc IERC3643
    function batchUnfreezePartialTokens(address[] calldata userAddresses, uint256[] calldata amounts)
        external
        authorised
    {
        _checkLengths(userAddresses.length, amounts.length);
        for (uint256 i; i < userAddresses.length; ++i) {
            _unfreezeUnits(userAddresses[i], amounts[i]);
        }
    }

    function _mint(address to, uint256 amount) internal override(RestrictedToken) {
        if (to == address(0)) revert ERC20InvalidReceiver(to);
        address[] memory wallets = new address[](1);
        wallets[0] = to;
        uint256[] memory units = new uint256[](1);
        units[0] = amount;
        _beforeIssue(wallets, units, amount);
        _issue(0, to, amount);
    }

    function _burn(address from, uint256 amount) internal override(RestrictedToken) {
        if (from == address(0)) revert ERC20InvalidSender(from);
        _redeem(0, from, amount);
        if (_afterRedeem(amount)) _reduceHolding(from, amount);
    }
}
