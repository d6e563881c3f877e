// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What the identity record of a wallet says: one storage word, so that a check is one read.
/// @param identity opaque code of the investor (several wallets may share it), or his ONCHAINID; zero means never registered.
/// Permanent: holdings are counted by it
/// @param country opaque country code
/// @param category opaque investor category
/// @param expiry first second at which the record no longer counts; zero means removed
/// @param flags restrictions, named in `Sanctions`; one without a name bars the wallet both ways
struct WalletRecord {
    address identity;
    uint16 country;
    uint8 category;
    uint40 expiry;
    uint32 flags;
}

/// @notice One line of a registration batch; flags are kept apart because a renewal must not lift a restriction.
struct Registration {
    address wallet;
    address identity;
    uint16 country;
    uint8 category;
    uint40 expiry;
}

/// @notice What tokens ask of the registry, and the powers over it.
interface IIdentityRegistry {
    /// @dev The whole record as stored (see `Records`), after every write. An investor's wallets are those of the
    /// `IdentityRegistered` events that name his identity.
    event WalletRecorded(address indexed wallet, uint256 record);
    event WalletRemoved(address indexed wallet);

    error IdentityUnknown(address wallet);
    error IdentityExpired(address wallet, uint256 expiry, uint256 nowAt);
    error IdentityFlagged(address wallet, uint32 flags);
    error IdentityZero(address wallet);
    error IdentityExpiryZero(address wallet);
    error IdentityFixed(address wallet, address identity, address attempted);
    error IdentityFlagReserved(address wallet, uint32 flags, uint32 reserved);
    error IdentityBatchSize(uint256 size, uint256 limit);
    error IdentityLengthMismatch(uint256 first, uint256 second);
    error IdentityClaimBookMissing();
    error IdentityPartUnsupported();

    function registerBatch(Registration[] calldata registrations) external;
    /// @notice The same, if the claim book vouches for every identity.
    function registerWithClaims(Registration[] calldata registrations) external;
    /// @notice The wallets may deal no more. Identity and flags stay.
    function removeBatch(address[] calldata wallets) external;
    /// @notice Replaces all flags but the sanction.
    function setFlagsBatch(address[] calldata wallets, uint32[] calldata flags) external;
    /// @notice Sets or lifts the sanction of wallets and identities. A wallet's identity goes with it, so that a wallet
    /// registered later for a sanctioned investor is born flagged; his other wallets of today must be named.
    function setSanctioned(address[] calldata accounts, bool sanctioned) external;

    /// @notice Known, not expired, no flag against receiving: what ERC-3643 asks of a receiver.
    function isVerified(address wallet) external view returns (bool);
    /// @notice Known, not expired, no flag against sending.
    function canSend(address wallet) external view returns (bool);
    /// @notice The same as `isVerified`, by the name that ERC-7943 gives it.
    function canReceive(address wallet) external view returns (bool);
    function recordOf(address wallet) external view returns (WalletRecord memory);

    /// @notice The record of a wallet as one word (see `Records`), whatever it says.
    function recordWord(address wallet) external view returns (uint256);

    /// @notice The records of a batch of receivers in one call. Reverts, naming the first wallet that may not receive and why.
    function verifiedRecords(address[] calldata wallets) external view returns (uint256[] memory records);

    /// @notice The records of both ends. Reverts unless the sender may send and the receiver receive: sender first.
    function verifiedPair(address sender, address receiver)
        external
        view
        returns (uint256 senderRecord, uint256 receiverRecord);
}
