// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {RestrictedToken} from "../../src/token/core/RestrictedToken.sol";

/// @notice The core as an outsider would use it: a constructor, a plain list of who may send and receive, and OpenZeppelin's
/// roles. No proxy, no registry, no engine.
contract PlainToken is RestrictedToken, AccessControl {
    bytes32 public constant MINTER = keccak256("MINTER");
    bytes32 public constant BURNER = keccak256("BURNER");
    bytes32 public constant FREEZER = keccak256("FREEZER");
    bytes32 public constant FORCER = keccak256("FORCER");
    bytes32 public constant LISTER = keccak256("LISTER");

    mapping(address account => bool) private _maySend;
    mapping(address account => bool) private _mayReceive;
    /// @dev The one rule about a transfer itself.
    uint256 private _mostAtOnce = type(uint256).max;

    constructor(string memory name_, string memory symbol_, address admin) {
        _setMetadata(name_, symbol_, 18);
        bytes32[6] memory all = [DEFAULT_ADMIN_ROLE, MINTER, BURNER, FREEZER, FORCER, LISTER];
        for (uint256 i; i < 6; ++i) {
            _grantRole(all[i], admin);
        }
    }

    function list(address account, bool send, bool receive_) external onlyRole(LISTER) {
        _maySend[account] = send;
        _mayReceive[account] = receive_;
    }

    function mint(address to, uint256 amount) external onlyRole(MINTER) {
        _mint(to, amount);
    }

    function allowAtOnce(uint256 most) external onlyRole(LISTER) {
        _mostAtOnce = most;
    }

    function burnOf(address from, uint256 amount) external onlyRole(BURNER) {
        _burn(from, amount);
    }

    function burn(uint256 amount) external onlyRole(BURNER) {
        _burn(msg.sender, amount);
    }

    function canSend(address account) public view override returns (bool) {
        return _maySend[account];
    }

    function canReceive(address account) public view override returns (bool) {
        return _mayReceive[account];
    }

    function supportsInterface(bytes4 id) public view override(RestrictedToken, AccessControl) returns (bool) {
        return RestrictedToken.supportsInterface(id) || AccessControl.supportsInterface(id);
    }

    function _rulesAllow(address, address, uint256 amount) internal view override returns (bool) {
        return amount <= _mostAtOnce;
    }

    function _requireMayCall(address caller, bytes4 selector) internal view override {
        _checkRole(selector == this.forcedTransfer.selector ? FORCER : FREEZER, caller);
    }
}
