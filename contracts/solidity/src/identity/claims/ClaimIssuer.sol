// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IClaimBook} from "./IClaimBook.sol";
import {IClaimIssuer} from "./IOnchainId.sol";

/// @notice An issuer that is a contract: his signing keys come and go while his name stays, and an ONCHAINID can ask him.
/// @dev An issuer with a bare key works with the book as well; an ONCHAINID however keeps a claim only if its issuer is a
/// contract that answers `isClaimValid`. Each issuer runs his own, under his own AccessManager.
contract ClaimIssuer is AccessManaged, IERC1271, IClaimIssuer {
    IClaimBook public immutable book;
    mapping(address key => bool) public isSigner;

    event SignerSet(address indexed key, bool admitted);

    error ClaimIssuerZeroKey();

    constructor(address initialAuthority, address book_) AccessManaged(initialAuthority) {
        book = IClaimBook(book_);
    }

    /// @notice A key that leaves takes what it signed with it, except what the book has recorded: revoke that by content.
    function setSigner(address key, bool admitted) external restricted {
        if (key == address(0)) revert ClaimIssuerZeroKey();
        isSigner[key] = admitted;
        emit SignerSet(key, admitted);
    }

    /// @notice Revokes a claim of this issuer in the book, by content.
    function revoke(bytes32 content) external restricted {
        book.revoke(content);
    }

    /// @inheritdoc IClaimIssuer
    function isClaimValid(address identity, uint256 claimTopic, bytes calldata signature, bytes calldata data)
        external
        view
        returns (bool)
    {
        return book.isHeldClaimValid(identity, claimTopic, address(this), signature, data);
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        // slither-disable-next-line unused-return -- the third value only says which bytes were bad
        (address key, ECDSA.RecoverError problem,) = ECDSA.tryRecoverCalldata(hash, signature);
        return problem == ECDSA.RecoverError.NoError && isSigner[key] ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}
