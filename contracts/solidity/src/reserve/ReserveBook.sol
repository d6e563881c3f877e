// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Roles} from "../authority/Roles.sol";
import {Order} from "../token/ISecurityToken.sol";
import {Attestation, IReserveBook} from "./IReserveBook.sol";

/// @notice What examiners attested behind each reserve-backed token, and whether it carries a supply.
/// @dev Asked when supply grows, never on transfer or redemption: an attestation that expired, or a reserve that shrank, stops
/// new units and nothing else. What can widen (an attestation, a lower backing) needs a signature or a delay; what can only
/// narrow (a raised encumbrance) acts at once.
contract ReserveBook is AccessManaged, EIP712, IReserveBook, IERC165 {
    uint256 private constant WHOLE = 10_000;

    bytes32 public constant ATTESTATION_TYPEHASH = keccak256(
        "Attestation(address token,uint64 number,uint128 quantity,uint128 encumbered,uint40 asOf,uint40 expiry,bytes32 reportHash)"
    );

    /// @dev The first two words are all that an issue reads. `encumbered` is the figure in force; `raised` is the authority's own,
    /// kept so that an attestation made before the raise, but relayed after it, cannot undo it.
    struct Reserve {
        uint96 backingPerUnit;
        uint16 marginBps;
        uint40 asOf;
        uint40 expiry;
        uint64 number;
        uint128 quantity;
        uint128 encumbered;
        bytes32 kind;
        bytes32 reportHash;
        uint128 raised;
        uint40 raisedAt;
    }

    mapping(address token => Reserve) private _reserves;

    constructor(address initialAuthority) AccessManaged(initialAuthority) EIP712("Tokenization ReserveBook", "1") {}

    /// @inheritdoc IReserveBook
    function addReserve(address token, bytes32 kind, uint256 backingPerUnit, uint256 marginBps) external restricted {
        if (token == address(0)) revert ReserveZeroAddress();
        if (kind == 0) revert ReserveKindZero(token);
        Reserve storage r = _reserves[token];
        if (r.kind != 0) revert ReserveKnown(token, r.kind);
        r.kind = kind;
        _writeBacking(r, token, backingPerUnit, marginBps);
        emit ReserveAdded(token, kind, backingPerUnit, marginBps);
    }

    /// @inheritdoc IReserveBook
    function setBacking(address token, uint256 backingPerUnit, uint256 marginBps) external restricted {
        _writeBacking(_known(token), token, backingPerUnit, marginBps);
        emit BackingSet(token, backingPerUnit, marginBps);
    }

    /// @inheritdoc IReserveBook
    /// @dev A quantity below what is outstanding is taken too: it is a fact, and it only stops new units.
    function attest(Attestation calldata a, bytes calldata signature) external restricted {
        Reserve storage r = _known(a.token);
        _checkFigures(r, a);
        address examiner = _examinerOf(a, signature);
        // Without an `asOf` after the raise, the examiner cannot have known of it: the higher figure stays.
        uint128 encumbered = a.asOf > r.raisedAt || a.encumbered > r.raised ? a.encumbered : r.raised;
        r.number = a.number;
        r.asOf = a.asOf;
        r.expiry = a.expiry;
        r.quantity = a.quantity;
        r.encumbered = encumbered;
        r.reportHash = a.reportHash;
        emit ReserveAttested(
            a.token, a.number, examiner, a.quantity, a.encumbered, encumbered, a.asOf, a.expiry, a.reportHash
        );
    }

    /// @inheritdoc IReserveBook
    /// @dev Not bounded by the quantity: nothing may stand before a narrowing, and an examiner's next figure corrects it.
    function raiseEncumbrance(address token, uint128 encumbered, Order calldata order) external restricted {
        if (order.basis == 0) revert ReserveBasisMissing(token);
        Reserve storage r = _known(token);
        uint128 before = r.encumbered;
        if (encumbered <= before) revert ReserveEncumbranceNotRaised(token, encumbered, before);
        r.encumbered = encumbered;
        r.raised = encumbered;
        r.raisedAt = uint40(block.timestamp);
        emit EncumbranceRaised(token, before, encumbered, order.basis, order.reference_);
    }

    /// @inheritdoc IReserveBook
    /// @dev `needed` is whole, so comparing it with the eligible quantity rounded down is exact; it saturates instead of
    /// overflowing, so that any figure gets the answer that names it.
    function requireBacked(address token, uint256 unitsAfter) external view {
        Reserve storage r = _known(token);
        uint256 expiry = r.expiry;
        if (expiry == 0) revert ReserveUnattested(token);
        // slither-disable-next-line timestamp -- attestations live for days; seconds do not matter
        if (block.timestamp >= expiry) revert ReserveAttestationExpired(token, r.number, expiry, block.timestamp);
        uint256 needed = Math.saturatingMul(unitsAfter, r.backingPerUnit);
        uint256 eligible = _eligible(r);
        if (needed > eligible) revert ReserveInsufficient(token, needed, eligible, needed - eligible);
    }

    /// @inheritdoc IReserveBook
    function roomOf(address token) external view returns (uint256) {
        (, uint256 units) = capacityOf(token);
        return Math.saturatingSub(units, IERC20(token).totalSupply());
    }

    /// @inheritdoc IReserveBook
    function backingOf(address token) external view returns (bytes32, uint256, uint256) {
        Reserve storage r = _known(token);
        return (r.kind, r.backingPerUnit, r.marginBps);
    }

    /// @inheritdoc IReserveBook
    function attestationOf(address token) external view returns (Attestation memory) {
        Reserve storage r = _known(token);
        return Attestation(token, r.number, r.quantity, r.encumbered, r.asOf, r.expiry, r.reportHash);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IReserveBook).interfaceId;
    }

    /// @inheritdoc IReserveBook
    function capacityOf(address token) public view returns (uint256 eligible, uint256 units) {
        Reserve storage r = _known(token);
        // slither-disable-next-line timestamp -- attestations live for days; seconds do not matter
        if (block.timestamp >= r.expiry) return (0, 0);
        eligible = _eligible(r);
        units = eligible / r.backingPerUnit;
    }

    /// @inheritdoc IReserveBook
    function hashAttestation(Attestation calldata attestation) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(ATTESTATION_TYPEHASH, attestation)));
    }

    function _writeBacking(Reserve storage r, address token, uint256 backingPerUnit, uint256 marginBps) private {
        if (backingPerUnit == 0 || backingPerUnit > type(uint96).max) {
            revert ReserveBackingOutOfRange(token, backingPerUnit, type(uint96).max);
        }
        if (marginBps > WHOLE) revert ReserveMarginOutOfRange(token, marginBps, WHOLE);
        r.backingPerUnit = uint96(backingPerUnit);
        r.marginBps = uint16(marginBps);
    }

    /// @dev The same as-of under a higher number is a correction; an earlier one is refused whatever its number.
    function _checkFigures(Reserve storage r, Attestation calldata a) internal view virtual {
        if (a.number <= r.number) revert ReserveNumberNotAfter(a.token, a.number, r.number);
        // slither-disable-next-line timestamp -- attestations live for days; seconds do not matter
        if (a.asOf > block.timestamp) revert ReserveAsOfInFuture(a.token, a.asOf, block.timestamp);
        if (a.asOf < r.asOf) revert ReserveAsOfBeforeCurrent(a.token, a.asOf, r.asOf);
        if (a.expiry <= block.timestamp) revert ReserveExpiryPast(a.token, a.expiry, block.timestamp);
        if (a.encumbered > a.quantity) revert ReserveEncumberedBeyondQuantity(a.token, a.encumbered, a.quantity);
        if (a.reportHash == 0) revert ReserveReportHashZero(a.token);
    }

    /// @dev OpenZeppelin's ECDSA refuses the mirrored (high-s) form; the role is asked at the time of relaying.
    function _examinerOf(Attestation calldata a, bytes calldata signature)
        internal
        view
        virtual
        returns (address signer)
    {
        ECDSA.RecoverError problem;
        // slither-disable-next-line unused-return -- the third value only says which bytes were bad
        (signer, problem,) = ECDSA.tryRecoverCalldata(hashAttestation(a), signature);
        if (problem != ECDSA.RecoverError.NoError) revert ReserveSignatureInvalid(a.token, a.number);
        // slither-disable-next-line unused-return -- an execution delay of the role says nothing about a signature
        (bool isExaminer,) = IAccessManager(authority()).hasRole(Roles.EXAMINER, signer);
        if (!isExaminer) revert ReserveNotExaminer(a.token, a.number, signer);
    }

    function _eligible(Reserve storage r) private view returns (uint256) {
        return Math.saturatingSub(r.quantity, r.encumbered) * (WHOLE - r.marginBps) / WHOLE;
    }

    function _known(address token) private view returns (Reserve storage r) {
        r = _reserves[token];
        if (r.kind == 0) revert ReserveUnknown(token);
    }
}
