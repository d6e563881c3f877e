// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice One leg of a primary settlement.
/// @param number the issue instruction's number, consumed by the controller
/// @param wallet buyer: pays and receives
/// @param units of the security
/// @param amount of cash, in the currency's minor units
struct PrimaryLeg {
    uint64 number;
    address wallet;
    uint128 units;
    uint128 amount;
}

/// @notice A bilateral trade; both sides sign this same struct (EIP-712).
/// @param amount of cash, in the currency's minor units
/// @param sellerNonce any number that the seller has not used yet; @param buyerNonce the same of the buyer
/// @param validUntil last second at which it may be settled
struct Trade {
    address token;
    address seller;
    address buyer;
    uint128 units;
    address cash;
    uint128 amount;
    uint256 sellerNonce;
    uint256 buyerNonce;
    uint40 validUntil;
}

/// @notice Units against cash: both legs or neither. Never holds anything itself.
interface IDeliveryVersusPayment {
    event PrimarySettled(
        address indexed token, uint64 indexed number, address indexed wallet, uint256 units, address cash, uint256 amount
    );
    event TradeSettled(
        bytes32 indexed digest,
        address indexed token,
        address seller,
        address buyer,
        uint256 units,
        address cash,
        uint256 amount,
        uint256 sellerNonce,
        uint256 buyerNonce
    );
    event NonceCancelled(address indexed signer, uint256 nonce);

    error DvpExpired(uint256 validUntil, uint256 nowAt);
    error DvpBatchSize(uint256 size, uint256 limit);
    error DvpZero(uint64 number, uint256 units, uint256 amount);
    error DvpToOneself(address wallet);
    error DvpSignatureInvalid(address signer, bytes32 digest);
    error DvpNonceUsed(address signer, uint256 nonce);
    error DvpMovedOtherwise(address asset, address wallet, uint256 expected, uint256 moved);
    /// @dev Of the views only: the token refuses by a rule whose reason it gives to nobody but the engine.
    error DvpRefused(address token, address from, address to, uint256 units);

    /// @notice Pulls every buyer's cash to the treasury and issues his units: all legs or none, each number once.
    function settlePrimary(
        address token, address cash, address treasury, PrimaryLeg[] calldata legs, uint40 validUntil
    ) external;

    /// @notice Which legs would fail now, and why: the revert data of the failing check, empty for a leg that would pass.
    /// Rooms, balances and allowances are used up leg by leg by those that pass.
    /// @return batch what would stop the whole batch, empty if nothing would
    function failures(
        address token, address cash, address treasury, PrimaryLeg[] calldata legs, uint40 validUntil
    ) external view returns (bytes memory batch, bytes[] memory reasons);

    /// @notice Settles a trade that both sides signed. Anyone may submit it.
    function settle(Trade calldata trade, bytes calldata sellerSignature, bytes calldata buyerSignature) external;

    /// @notice Why the trade would fail now, as revert data; empty if it would settle.
    function failureOf(Trade calldata trade, bytes calldata sellerSignature, bytes calldata buyerSignature)
        external
        view
        returns (bytes memory reason);

    /// @notice Uses up the caller's nonces: whatever he signed with them can no longer settle.
    function cancelNonces(uint256[] calldata nonces) external;

    function nonceUsed(address signer, uint256 nonce) external view returns (bool);
    function hashTrade(Trade calldata trade) external view returns (bytes32);
}
