// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Sanctions} from "../compliance/rules/Sanctions.sol";
import {IClaimBook} from "./claims/IClaimBook.sol";
import {IERC3643IdentityRegistry} from "./IERC3643IdentityRegistry.sol";
import {IIdentityRegistry, Registration, WalletRecord} from "./IIdentityRegistry.sol";
import {Records} from "./Records.sol";

/// @notice Who may hold: one packed word per wallet. Holds no name, number or anything that could be guessed.
/// @dev Not behind a proxy (a proxied registry costs 4,800 gas more per transfer); tokens are pointed at a new one instead.
/// A wallet's identity is permanent, because the engine counts holdings by it: were it changed, units would leave one investor's
/// count and never enter another's. A wallet that changes hands is removed; its new owner uses a new one.
contract IdentityRegistry is AccessManaged, IIdentityRegistry, IERC3643IdentityRegistry, IERC165 {
    /// @notice A registration costs under 30,000 gas: 400 stay below the 16,777,216 of one transaction (EIP-7825).
    uint256 public constant MAX_BATCH = 400;

    using Records for uint256;
    using Sanctions for uint256;

    /// @dev By wallet; the word of an identity's own address carries its sanction, so that both are one mapping and one event.
    mapping(address account => uint256 record) private _records;
    address private _claimBook;

    constructor(address initialAuthority) AccessManaged(initialAuthority) {}

    /// @inheritdoc IIdentityRegistry
    function registerBatch(Registration[] calldata registrations) external restricted {
        _registerAll(registrations);
    }

    /// @inheritdoc IIdentityRegistry
    /// @dev Claims are asked once, here: what is revoked later is answered with flags, removal or expiry.
    function registerWithClaims(Registration[] calldata registrations) external restricted {
        address book = _claimBook;
        if (book == address(0)) revert IdentityClaimBookMissing();
        for (uint256 i; i < registrations.length; ++i) {
            // slither-disable-next-line calls-loop -- a bounded batch; the book gives strangers bounded gas
            IClaimBook(book).requireClaims(registrations[i].identity);
        }
        _registerAll(registrations);
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
            if (flags[i] & Sanctions.SANCTIONED != 0) {
                revert IdentityFlagReserved(wallets[i], flags[i], Sanctions.SANCTIONED);
            }
            uint256 kept = _records[wallets[i]] & (~Records.FLAGS_MASK | Sanctions.SANCTIONED_WORD);
            _store(wallets[i], kept | (uint256(flags[i]) << Records.FLAGS_AT));
        }
    }

    /// @inheritdoc IIdentityRegistry
    function setSanctioned(address[] calldata accounts, bool sanctioned) external restricted {
        _checkSize(accounts.length);
        for (uint256 i; i < accounts.length; ++i) {
            address account = accounts[i];
            if (account == address(0)) revert IdentityZero(account);
            address investor = _records[account].identityOf();
            _sanction(account, sanctioned);
            if (investor != address(0) && investor != account) _sanction(investor, sanctioned);
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
        uint256 record = _known(userAddress);
        _write(userAddress, record.identityOf(), country, record.categoryOf(), record.expiryOf());
    }

    /// @inheritdoc IERC3643IdentityRegistry
    /// @dev The standard's function can only confirm the identity that is on record: another one is refused, see above.
    function updateIdentity(address userAddress, address identity_) external restricted {
        uint256 record = _known(userAddress);
        _write(userAddress, identity_, record.countryOf(), record.categoryOf(), record.expiryOf());
        emit IdentityUpdated(identity_, identity_);
    }

    /// @inheritdoc IERC3643IdentityRegistry
    /// @dev Records live here: there is no storage contract to replace.
    function setIdentityRegistryStorage(address) external pure {
        revert IdentityPartUnsupported();
    }

    /// @inheritdoc IERC3643IdentityRegistry
    /// @dev The claim book is both registries of the standard, so that topics and issuers cannot disagree.
    function setClaimTopicsRegistry(address claimTopicsRegistry) external restricted {
        _setClaimBook(claimTopicsRegistry);
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function setTrustedIssuersRegistry(address trustedIssuersRegistry) external restricted {
        _setClaimBook(trustedIssuersRegistry);
    }

    /// @inheritdoc IIdentityRegistry
    function recordWord(address wallet) external view returns (uint256) {
        return _records[wallet];
    }

    /// @inheritdoc IIdentityRegistry
    function verifiedRecords(address[] calldata wallets) external view returns (uint256[] memory records) {
        records = new uint256[](wallets.length);
        for (uint256 i; i < wallets.length; ++i) {
            uint256 record = _current(wallets[i]);
            uint32 against = record.againstReceiving();
            if (against != 0) revert IdentityFlagged(wallets[i], against);
            records[i] = record;
        }
    }

    /// @inheritdoc IIdentityRegistry
    function verifiedPair(address sender, address receiver)
        external
        view
        returns (uint256 senderRecord, uint256 receiverRecord)
    {
        senderRecord = _current(sender);
        uint32 against = senderRecord.againstSending();
        if (against != 0) revert IdentityFlagged(sender, against);
        receiverRecord = _current(receiver);
        against = receiverRecord.againstReceiving();
        if (against != 0) revert IdentityFlagged(receiver, against);
    }

    /// @inheritdoc IIdentityRegistry
    function canSend(address wallet) external view returns (bool) {
        uint256 record = _records[wallet];
        // slither-disable-next-line timestamp -- days and expiries: seconds do not matter
        return block.timestamp < record.expiryOf() && record.againstSending() == 0;
    }

    /// @inheritdoc IIdentityRegistry
    function canReceive(address wallet) external view returns (bool) {
        return isVerified(wallet);
    }

    /// @inheritdoc IIdentityRegistry
    function recordOf(address wallet) external view returns (WalletRecord memory) {
        uint256 r = _records[wallet];
        return WalletRecord(r.identityOf(), r.countryOf(), r.categoryOf(), r.expiryOf(), r.flagsOf());
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function contains(address userAddress) external view returns (bool) {
        return _records[userAddress].isKnown();
    }

    /// @inheritdoc IERC3643IdentityRegistry
    /// @dev Zero once removed, as the standard has it; `recordOf` still says whose it was.
    function identity(address userAddress) external view returns (address) {
        uint256 record = _records[userAddress];
        return record.isKnown() ? record.identityOf() : address(0);
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function investorCountry(address userAddress) external view returns (uint16) {
        return _records[userAddress].countryOf();
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function identityStorage() external view returns (address) {
        return address(this);
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function issuersRegistry() external view returns (address) {
        return _claimBook;
    }

    /// @inheritdoc IERC3643IdentityRegistry
    function topicsRegistry() external view returns (address) {
        return _claimBook;
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
        uint256 record = _records[wallet];
        // slither-disable-next-line timestamp -- days and expiries: seconds do not matter
        return block.timestamp < record.expiryOf() && record.againstReceiving() == 0;
    }

    function _registerAll(Registration[] calldata registrations) private {
        uint256 size = registrations.length;
        _checkSize(size);
        for (uint256 i; i < size; ++i) {
            Registration calldata line = registrations[i];
            _write(line.wallet, line.identity, line.country, line.category, line.expiry);
        }
    }

    /// @dev Flags survive a rewrite: renewing a KYC file must not lift a sanction. An investor's sanction marks his new wallet.
    function _write(address wallet, address identity_, uint16 country, uint8 category, uint40 expiry) private {
        if (wallet == address(0) || identity_ == address(0)) revert IdentityZero(wallet);
        if (expiry == 0) revert IdentityExpiryZero(wallet);
        uint256 old = _records[wallet];
        address fixed_ = old.identityOf();
        if (fixed_ != address(0) && fixed_ != identity_) revert IdentityFixed(wallet, fixed_, identity_);
        uint256 flags = (old & Records.FLAGS_MASK) | (_records[identity_] & Sanctions.SANCTIONED_WORD);
        _store(wallet, Records.pack(identity_, country, category, expiry) | flags);
        if (!old.isKnown()) emit IdentityRegistered(wallet, identity_);
        else if (old.countryOf() != country) emit CountryUpdated(wallet, country);
    }

    /// @dev Identity and flags survive a removal too: remove and register again must not lift a sanction or move a holding.
    function _remove(address wallet) private {
        uint256 old = _known(wallet);
        _store(wallet, old & (Records.FLAGS_MASK | type(uint160).max));
        emit WalletRemoved(wallet);
        emit IdentityRemoved(wallet, old.identityOf());
    }

    function _sanction(address account, bool sanctioned) private {
        uint256 record = _records[account];
        _store(account, sanctioned ? record | Sanctions.SANCTIONED_WORD : record & ~Sanctions.SANCTIONED_WORD);
    }

    function _store(address account, uint256 record) private {
        _records[account] = record;
        emit WalletRecorded(account, record);
    }

    function _setClaimBook(address book) private {
        _claimBook = book;
        emit ClaimTopicsRegistrySet(book);
        emit TrustedIssuersRegistrySet(book);
    }

    /// @dev One comparison on the way that is taken every day: who was never registered or was removed has no expiry.
    function _current(address wallet) private view returns (uint256 record) {
        record = _records[wallet];
        uint256 expiry = record.expiryOf();
        // slither-disable-next-line timestamp -- days and expiries: seconds do not matter
        if (block.timestamp < expiry) return record;
        if (expiry == 0) revert IdentityUnknown(wallet);
        revert IdentityExpired(wallet, expiry, block.timestamp);
    }

    function _known(address wallet) private view returns (uint256 record) {
        record = _records[wallet];
        if (!record.isKnown()) revert IdentityUnknown(wallet);
    }

    function _checkSize(uint256 size) private pure {
        if (size == 0 || size > MAX_BATCH) revert IdentityBatchSize(size, MAX_BATCH);
    }
}
