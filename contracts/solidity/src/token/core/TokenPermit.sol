// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {TokenLedger} from "./TokenLedger.sol";

/// @notice ERC-2612: an allowance given by signature, bound to this token (the proxy's address), this chain and one nonce.
/// @dev OpenZeppelin's EIP712 keeps name and address in immutables of the implementation; here the name is in storage and the
/// domain is computed at each call, so every proxy and every fork of the chain has its own.
abstract contract TokenPermit is TokenLedger, IERC20Permit, IERC5267 {
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant PERMIT_TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    string internal constant VERSION = "1";

    /// @notice A permit was used; with it `nonces` can be rebuilt from logs.
    event PermitUsed(address indexed owner, uint256 nonce);

    error ERC2612ExpiredSignature(uint256 deadline);
    error ERC2612InvalidSigner(address signer, address owner);

    /// @inheritdoc IERC20Permit
    /// @dev OpenZeppelin's ECDSA refuses the mirrored (high-s) form. Contract wallets (ERC-1271) call `approve`.
    function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        virtual
    {
        // slither-disable-next-line timestamp -- days and expiries: seconds do not matter
        if (block.timestamp > deadline) revert ERC2612ExpiredSignature(deadline);
        uint256 nonce = _ledger().nonces[owner]++;
        bytes32 content = keccak256(abi.encode(PERMIT_TYPEHASH, owner, spender, value, nonce, deadline));
        address signer = ECDSA.recover(MessageHashUtils.toTypedDataHash(DOMAIN_SEPARATOR(), content), v, r, s);
        if (signer != owner) revert ERC2612InvalidSigner(signer, owner);
        _approve(owner, spender, value);
        emit PermitUsed(owner, nonce);
    }

    /// @inheritdoc IERC20Permit
    function nonces(address owner) external view virtual returns (uint256) {
        return _ledger().nonces[owner];
    }

    /// @inheritdoc IERC5267
    function eip712Domain()
        external
        view
        virtual
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        )
    {
        // Name, version, chain and contract; neither salt nor extensions.
        return (hex"0f", _ledger().name, VERSION, block.chainid, address(this), 0, new uint256[](0));
    }

    /// @inheritdoc IERC20Permit
    // slither-disable-next-line naming-convention -- the name that ERC-2612 gives it
    function DOMAIN_SEPARATOR() public view virtual returns (bytes32) {
        return keccak256(
            abi.encode(
                DOMAIN_TYPEHASH,
                keccak256(bytes(_ledger().name)),
                keccak256(bytes(VERSION)),
                block.chainid,
                address(this)
            )
        );
    }
}
