// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What the identity record of a wallet says: one storage word, so that a check is one read.
/// @param identity opaque code of the investor (several wallets may share it), or his ONCHAINID; zero means unknown
/// @param country opaque country code
/// @param category opaque investor category
/// @param expiry first second at which the record no longer counts
/// @param flags restrictions; any bit set bars the wallet from sending and receiving
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

/// @notice What tokens ask of the registry.
interface IIdentityRegistry {
    event WalletRecorded(
        address indexed wallet, address indexed identity, uint16 country, uint8 category, uint40 expiry, uint32 flags
    );
    event WalletRemoved(address indexed wallet);

    error IdentityUnknown(address wallet);
    error IdentityExpired(address wallet, uint256 expiry, uint256 nowAt);
    error IdentityFlagged(address wallet, uint32 flags);
    error IdentityZero(address wallet);
    error IdentityBatchSize(uint256 size, uint256 limit);
    error IdentityLengthMismatch(uint256 first, uint256 second);

    function registerBatch(Registration[] calldata registrations) external;
    function removeBatch(address[] calldata wallets) external;
    function setFlagsBatch(address[] calldata wallets, uint32[] calldata flags) external;

    /// @notice Known, not expired, not flagged.
    function isVerified(address wallet) external view returns (bool);
    /// @notice Whether the wallet may send, by its record.
    function canSend(address wallet) external view returns (bool);
    /// @notice Whether the wallet may receive, by its record.
    function canReceive(address wallet) external view returns (bool);
    function recordOf(address wallet) external view returns (WalletRecord memory);

    /// @notice The record of a wallet as one word (see `Records`), whatever it says.
    function recordWord(address wallet) external view returns (uint256);

    /// @notice The records of a batch in one call. Reverts, naming the first wallet that may not hold and why.
    function verifiedRecords(address[] calldata wallets) external view returns (uint256[] memory records);

    /// @notice The records of both ends. Reverts unless both may deal: sender first, receiver second.
    function verifiedPair(address sender, address receiver)
        external
        view
        returns (uint256 senderRecord, uint256 receiverRecord);
}
