// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC3643IdentityRegistry} from "./IERC3643IdentityRegistry.sol";
import {IIdentityRegistry, Registration, WalletRecord} from "./IIdentityRegistry.sol";
import {Records} from "./Records.sol";

/// @notice Who may hold: one packed word per wallet. Holds no name, number or anything that could be guessed.
/// @dev Not behind a proxy (a proxied registry costs 4,800 gas more per transfer); tokens are pointed at a new one instead.
contract IdentityRegistry is AccessManaged, IIdentityRegistry, IERC3643IdentityRegistry, IERC165 {
    /// @notice A registration costs under 30,000 gas: 400 stay below the 16,777,216 of one transaction (EIP-7825).
    uint256 public constant MAX_BATCH = 400;

    using Records for uint256;

    mapping(address wallet => WalletRecord) private _records;

    error IdentityPartUnsupported();

    constructor(address initialAuthority) AccessManaged(initialAuthority) {}

    /// @inheritdoc IIdentityRegistry
    function registerBatch(Registration[] calldata registrations) external restricted {
        uint256 size = registrations.length;
        _checkSize(size);
        for (uint256 i; i < size; ++i) {
            Registration calldata line = registrations[i];
            _write(line.wallet, line.identity, line.country, line.category, line.expiry);
        }
    }

    /// @inheritdoc IIdentityRegistry
    function removeBatch(address[] calldata wallets) external restricted {
        _checkSize(wallets.length);
        for (uint256 i; i < wallets.length; ++i) {
            _remove(wallets[i]);
        }
    }

    /// @inheritdoc IIdentityRegistry
    function setFlagsBatch(address[] calldata wallets, uint32[] calldata flags) external restricted {
        _checkSize(wallets.length);
        if (wallets.length != flags.length) revert IdentityLengthMismatch(wallets.length, flags.length);
        for (uint256 i; i < wallets.length; ++i) {
            WalletRecord storage slot = _records[wallets[i]];
            slot.flags = flags[i];
            _emitRecorded(wallets[i], slot);
        }
    }

    /// @inheritdoc IERC3643IdentityRegistry
    /// @dev ERC-3643 knows no expiry: such a record counts until it is removed. Production wires this to nobody.
    function registerIdentity(address userAddress, address identity_, uint16 country) external restricted {
        _write(userAddress, identity_, country, 0, type(uint40).max);
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function batchRegisterIdentity(address[] calldata users, address[] calldata ids, uint16[] calldata countries)
        external
        restricted
    {
        _checkSize(users.length);
        if (users.length != ids.length) revert IdentityLengthMismatch(users.length, ids.length);
        if (users.length != countries.length) revert IdentityLengthMismatch(users.length, countries.length);
        for (uint256 i; i < users.length; ++i) {
            _write(users[i], ids[i], countries[i], 0, type(uint40).max);
        }
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function deleteIdentity(address userAddress) external restricted {
        _remove(userAddress);
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function updateCountry(address userAddress, uint16 country) external restricted {
        WalletRecord memory record = _known(userAddress);
        _write(userAddress, record.identity, country, record.category, record.expiry);
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function updateIdentity(address userAddress, address identity_) external restricted {
        WalletRecord memory record = _known(userAddress);
        _write(userAddress, identity_, record.country, record.category, record.expiry);
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function setIdentityRegistryStorage(address) external pure {
        revert IdentityPartUnsupported();
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function setClaimTopicsRegistry(address) external pure {
        revert IdentityPartUnsupported();
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function setTrustedIssuersRegistry(address) external pure {
        revert IdentityPartUnsupported();
    }

    /// @inheritdoc IIdentityRegistry
    function recordWord(address wallet) external view returns (uint256) {
        return _word(wallet);
    }

    /// @inheritdoc IIdentityRegistry
    function verifiedRecords(address[] calldata wallets) external view returns (uint256[] memory records) {
        records = new uint256[](wallets.length);
        for (uint256 i; i < wallets.length; ++i) {
            records[i] = _verifiedWord(wallets[i]);
        }
    }

    /// @inheritdoc IIdentityRegistry
    function verifiedPair(address sender, address receiver)
        external
        view
        returns (uint256 senderRecord, uint256 receiverRecord)
    {
        senderRecord = _verifiedWord(sender);
        receiverRecord = _verifiedWord(receiver);
    }

    /// @inheritdoc IIdentityRegistry
    function recordOf(address wallet) external view returns (WalletRecord memory) {
        return _records[wallet];
    }

    /// @inheritdoc IIdentityRegistry
    function canSend(address wallet) external view returns (bool) {
        return isVerified(wallet);
    }

    /// @inheritdoc IIdentityRegistry
    function canReceive(address wallet) external view returns (bool) {
        return isVerified(wallet);
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function contains(address userAddress) external view returns (bool) {
        return _records[userAddress].identity != address(0);
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function identity(address userAddress) external view returns (address) {
        return _records[userAddress].identity;
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function investorCountry(address userAddress) external view returns (uint16) {
        return _records[userAddress].country;
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function identityStorage() external view returns (address) {
        return address(this);
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function issuersRegistry() external pure returns (address) {
        return address(0);
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function topicsRegistry() external pure returns (address) {
        return address(0);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IIdentityRegistry).interfaceId
            || interfaceId == type(IERC3643IdentityRegistry).interfaceId;
    }

    /// @inheritdoc IIdentityRegistry
    function isVerified(address wallet)
        public
        view
        override(IIdentityRegistry, IERC3643IdentityRegistry)
        returns (bool)
    {
        WalletRecord memory record = _records[wallet];
        return record.identity != address(0) && block.timestamp < record.expiry && record.flags == 0;
    }

    /// @dev Flags survive a rewrite: renewing a KYC file must not lift a sanction.
    function _write(address wallet, address identity_, uint16 country, uint8 category, uint40 expiry) private {
        if (wallet == address(0) || identity_ == address(0)) revert IdentityZero(wallet);
        WalletRecord memory old = _records[wallet];
        WalletRecord memory record = WalletRecord(identity_, country, category, expiry, old.flags);
        _records[wallet] = record;
        emit WalletRecorded(wallet, identity_, country, category, expiry, record.flags);
        if (old.identity == address(0)) {
            emit IdentityRegistered(wallet, identity_);
            return;
        }
        if (old.identity != identity_) emit IdentityUpdated(old.identity, identity_);
        if (old.country != country) emit CountryUpdated(wallet, country);
    }

    /// @dev Flags survive a removal too: remove and register again must not lift a sanction.
    function _remove(address wallet) private {
        WalletRecord memory old = _known(wallet);
        _records[wallet] = WalletRecord(address(0), 0, 0, 0, old.flags);
        emit WalletRemoved(wallet);
        emit IdentityRemoved(wallet, old.identity);
    }

    function _emitRecorded(address wallet, WalletRecord memory record) private {
        emit WalletRecorded(
            wallet, record.identity, record.country, record.category, record.expiry, record.flags
        );
    }

    function _verifiedWord(address wallet) private view returns (uint256 word) {
        word = _word(wallet);
        if (word.identityOf() == address(0)) revert IdentityUnknown(wallet);
        if (block.timestamp >= word.expiryOf()) revert IdentityExpired(wallet, word.expiryOf(), block.timestamp);
        if (word.flagsOf() != 0) revert IdentityFlagged(wallet, word.flagsOf());
    }

    /// @dev The struct fills exactly one slot; reading it raw spares unpacking and packing it again.
    function _word(address wallet) private view returns (uint256 word) {
        WalletRecord storage record = _records[wallet];
        assembly ("memory-safe") {
            word := sload(record.slot)
        }
    }

    function _known(address wallet) private view returns (WalletRecord memory record) {
        record = _records[wallet];
        if (record.identity == address(0)) revert IdentityUnknown(wallet);
    }

    function _checkSize(uint256 size) private pure {
        if (size == 0 || size > MAX_BATCH) revert IdentityBatchSize(size, MAX_BATCH);
    }
}
