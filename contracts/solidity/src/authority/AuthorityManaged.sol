// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AuthorityUtils} from "@openzeppelin/contracts/access/manager/AuthorityUtils.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";

/// @notice OpenZeppelin's AccessManaged for contracts behind a proxy: same rules, storage in a namespace of its own.
/// @dev OpenZeppelin's own takes its authority in a constructor and an ordinary slot, so a proxy cannot use it.
abstract contract AuthorityManaged is IAccessManaged {
    /// @custom:storage-location erc7201:tokenization.storage.AuthorityManaged
    struct AuthorityStorage {
        address authority;
        bool consumingSchedule;
    }

    // keccak256(abi.encode(uint256(keccak256("tokenization.storage.AuthorityManaged")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant AUTHORITY_SLOT = 0xd9eb2615248f4fcb23486e277fce8fe0a719e531eed23c7a506152f9a2ec9a00;

    /// @dev The caller needs the role that the AccessManager names for this contract and selector, and its delay spent.
    modifier restricted() {
        _checkCanCall(msg.sender, msg.data);
        _;
    }

    /// @inheritdoc IAccessManaged
    function authority() public view virtual returns (address) {
        return _authorityStorage().authority;
    }

    /// @inheritdoc IAccessManaged
    function isConsumingScheduledOp() external view returns (bytes4) {
        return _authorityStorage().consumingSchedule ? this.isConsumingScheduledOp.selector : bytes4(0);
    }

    /// @inheritdoc IAccessManaged
    function setAuthority(address newAuthority) external virtual {
        if (msg.sender != authority()) revert AccessManagedUnauthorized(msg.sender);
        if (newAuthority.code.length == 0) revert AccessManagedInvalidAuthority(newAuthority);
        _setAuthority(newAuthority);
    }

    function _setAuthority(address newAuthority) internal {
        _authorityStorage().authority = newAuthority;
        emit AuthorityUpdated(newAuthority);
    }

    function _checkCanCall(address caller, bytes calldata data) internal {
        AuthorityStorage storage $ = _authorityStorage();
        address manager = $.authority;
        (bool immediate, uint32 delay) =
            AuthorityUtils.canCallWithDelay(manager, caller, address(this), bytes4(data[0:4]));
        if (immediate) return;
        if (delay == 0) revert AccessManagedUnauthorized(caller);
        $.consumingSchedule = true;
        // slither-disable-next-line reentrancy-benign,reentrancy-events,reentrancy-no-eth -- the AccessManager calls nobody back
        IAccessManager(manager).consumeScheduledOp(caller, data);
        $.consumingSchedule = false;
    }

    // slither-disable-next-line assembly -- a fixed slot (ERC-7201)
    function _authorityStorage() private pure returns (AuthorityStorage storage $) {
        assembly ("memory-safe") {
            $.slot := AUTHORITY_SLOT
        }
    }
}
