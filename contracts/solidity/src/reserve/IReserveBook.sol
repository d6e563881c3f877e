// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Order} from "../token/ISecurityToken.sol";

/// @notice What an examiner signs about the reserve behind one token.
/// @param number strictly increasing per token: an attestation counts once, and never after a later one
/// @param quantity eligible quantity found, in the reserve's smallest unit
/// @param encumbered part of it that something stops from backing the token
/// @param asOf instant to which the figures belong
/// @param expiry first second at which they no longer admit new units
/// @param reportHash hash of the signed report (with its salt): the report itself stays off chain
struct Attestation {
    address token;
    uint64 number;
    uint128 quantity;
    uint128 encumbered;
    uint40 asOf;
    uint40 expiry;
    bytes32 reportHash;
}

/// @notice Whether a token's reserve carries its supply. Quantities are in the reserve's smallest unit (micro-ounces, millilitres).
interface IReserveBook {
    event ReserveAdded(address indexed token, bytes32 indexed kind, uint256 backingPerUnit, uint256 marginBps);
    event BackingSet(address indexed token, uint256 backingPerUnit, uint256 marginBps);
    /// @dev `encumberedInForce` is more than `encumbered` while the authority's own figure is younger than the attestation.
    event ReserveAttested(
        address indexed token,
        uint64 indexed number,
        address indexed examiner,
        uint256 quantity,
        uint256 encumbered,
        uint256 encumberedInForce,
        uint40 asOf,
        uint40 expiry,
        bytes32 reportHash
    );
    event EncumbranceRaised(
        address indexed token, uint256 encumberedBefore, uint256 encumbered, uint16 basis, bytes32 reference_
    );

    error ReserveZeroAddress();
    error ReserveKnown(address token, bytes32 kind);
    error ReserveUnknown(address token);
    error ReserveKindZero(address token);
    error ReserveBackingOutOfRange(address token, uint256 backingPerUnit, uint256 limit);
    error ReserveMarginOutOfRange(address token, uint256 marginBps, uint256 limit);
    error ReserveNumberNotAfter(address token, uint64 number, uint64 current);
    error ReserveAsOfInFuture(address token, uint256 asOf, uint256 nowAt);
    error ReserveAsOfBeforeCurrent(address token, uint256 asOf, uint256 current);
    error ReserveExpiryPast(address token, uint256 expiry, uint256 nowAt);
    error ReserveEncumberedBeyondQuantity(address token, uint256 encumbered, uint256 quantity);
    error ReserveReportHashZero(address token);
    error ReserveSignatureInvalid(address token, uint64 number);
    error ReserveNotExaminer(address token, uint64 number, address signer);
    error ReserveEncumbranceNotRaised(address token, uint256 encumbered, uint256 current);
    error ReserveBasisMissing(address token);
    error ReserveUnattested(address token);
    error ReserveAttestationExpired(address token, uint64 number, uint256 expiry, uint256 nowAt);
    error ReserveInsufficient(address token, uint256 needed, uint256 eligible, uint256 missing);

    /// @notice Opens the reserve of a token, once. The kind never changes: what is attested as gold is never counted as oil.
    /// @param kind opaque code of commodity, quality and smallest unit together
    function addReserve(address token, bytes32 kind, uint256 backingPerUnit, uint256 marginBps) external;

    /// @notice Changes how much backs a unit and the margin held back from the attested quantity.
    function setBacking(address token, uint256 backingPerUnit, uint256 marginBps) external;

    /// @notice Takes an attestation signed by an examiner (EIP-712, 65 bytes, low s).
    function attest(Attestation calldata attestation, bytes calldata signature) external;

    /// @notice Narrows at once: the encumbered quantity is at least `encumbered`, until an examiner's later as-of says otherwise.
    function raiseEncumbrance(address token, uint128 encumbered, Order calldata order) external;

    /// @notice Reverts unless `unitsAfter` units would be backed by an attestation that has not expired.
    function requireBacked(address token, uint256 unitsAfter) external view;

    /// @notice Units that may still be issued now: zero when unattested or expired.
    function roomOf(address token) external view returns (uint256 units);

    /// @notice Eligible quantity (attested - encumbered - margin) and the supply it carries; zeros when unattested or expired.
    function capacityOf(address token) external view returns (uint256 eligible, uint256 units);

    function backingOf(address token) external view returns (bytes32 kind, uint256 backingPerUnit, uint256 marginBps);

    /// @notice The attestation in force, with the encumbrance in force (the authority's own raise included).
    function attestationOf(address token) external view returns (Attestation memory);

    function hashAttestation(Attestation calldata attestation) external view returns (bytes32);
}
