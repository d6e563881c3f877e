// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC3643} from "../token/IERC3643.sol";
import {Item} from "../token/ISecurityToken.sol";
import {CashMoves} from "./CashMoves.sol";
import {ICashBook} from "./ICashBook.sol";
import {IDeliveryVersusPayment, PrimaryLeg, Trade} from "./IDeliveryVersusPayment.sol";
import {PrimaryChecks} from "./PrimaryChecks.sol";
import {Refusals} from "./Refusals.sol";
import {SignerNonces} from "./SignerNonces.sol";

/// @notice Units against cash, primary in batches and secondary between two who both signed. Holds nothing at any time.
/// @dev This contract holds the ISSUER role at the controller, so that a number that is paid for is a number that is issued.
/// The reentrancy guard stands on the two functions from which a call leaves to a cash token, and on no other.
contract DeliveryVersusPayment is
    SignerNonces,
    PrimaryChecks,
    AccessManaged,
    EIP712,
    ReentrancyGuardTransient,
    IERC165
{
    bytes32 public constant TRADE_TYPEHASH = keccak256(
        "Trade(address token,address seller,address buyer,uint128 units,address cash,uint128 amount,uint256 sellerNonce,uint256 buyerNonce,uint40 validUntil)"
    );

    /// @dev Balances of both sides in both tokens, to be compared with what the trade says.
    struct Sides {
        uint256 sellerUnits;
        uint256 buyerUnits;
        uint256 sellerCash;
        uint256 buyerCash;
    }

    constructor(address initialAuthority, address controller_, address engine_, address cashBook_)
        AccessManaged(initialAuthority)
        EIP712("Tokenization Settlement", "1")
        PrimaryChecks(controller_, engine_, cashBook_)
    {}

    /// @inheritdoc IDeliveryVersusPayment
    function settlePrimary(
        address token, address cash, address treasury, PrimaryLeg[] calldata legs, uint40 validUntil
    ) external restricted nonReentrant {
        _checkTime(validUntil);
        if (legs.length == 0 || legs.length > MAX_LEGS) revert DvpBatchSize(legs.length, MAX_LEGS);
        // slither-disable-next-line unused-return -- it reverts for a token that is not listed; nothing else is asked
        engine.seriesOf(token);
        Item[] memory items = _pullCash(cash, treasury, legs);
        controller.issue(token, items);
        for (uint256 i; i < legs.length; ++i) {
            PrimaryLeg calldata leg = legs[i];
            emit PrimarySettled(token, leg.number, leg.wallet, leg.units, cash, leg.amount);
        }
    }

    /// @inheritdoc IDeliveryVersusPayment
    function settle(Trade calldata trade, bytes calldata sellerSignature, bytes calldata buyerSignature)
        external
        nonReentrant
    {
        _checkTime(trade.validUntil);
        _checkTerms(trade);
        bytes32 digest = hashTrade(trade);
        _checkSignature(trade.seller, digest, sellerSignature);
        _checkSignature(trade.buyer, digest, buyerSignature);
        _useNonce(trade.seller, trade.sellerNonce);
        _useNonce(trade.buyer, trade.buyerNonce);
        // slither-disable-next-line unused-return -- only the scale is asked for
        (uint256 scale,) = cashBook.accepted(trade.cash);
        _exchange(trade, trade.amount * scale);
        emit TradeSettled(
            digest,
            trade.token,
            trade.seller,
            trade.buyer,
            trade.units,
            trade.cash,
            trade.amount,
            trade.sellerNonce,
            trade.buyerNonce
        );
    }

    /// @inheritdoc IDeliveryVersusPayment
    /// @dev The same checks in the same order as `settle`, each asked beforehand.
    function failureOf(Trade calldata trade, bytes calldata sellerSignature, bytes calldata buyerSignature)
        external
        view
        returns (bytes memory reason)
    {
        bytes memory call = abi.encodeCall(this.checkTrade, (trade, sellerSignature, buyerSignature));
        reason = Refusals.ofCall(address(this), call);
        if (reason.length == 0) reason = Refusals.ofCall(address(cashBook), abi.encodeCall(ICashBook.accepted, (trade.cash)));
        if (reason.length == 0) reason = _ofMove(trade.cash, trade.buyer, trade.seller, _inUnits(trade));
        if (reason.length == 0) reason = _ofMove(trade.token, trade.seller, trade.buyer, trade.units);
    }

    /// @notice Reverts unless terms, time, signatures and nonces of the trade are good: what `failureOf` asks of itself.
    function checkTrade(Trade calldata trade, bytes calldata sellerSignature, bytes calldata buyerSignature)
        external
        view
    {
        _checkTime(trade.validUntil);
        _checkTerms(trade);
        bytes32 digest = hashTrade(trade);
        _checkSignature(trade.seller, digest, sellerSignature);
        _checkSignature(trade.buyer, digest, buyerSignature);
        if (nonceUsed(trade.seller, trade.sellerNonce)) revert DvpNonceUsed(trade.seller, trade.sellerNonce);
        if (nonceUsed(trade.buyer, trade.buyerNonce)) revert DvpNonceUsed(trade.buyer, trade.buyerNonce);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IDeliveryVersusPayment).interfaceId;
    }

    /// @inheritdoc IDeliveryVersusPayment
    function hashTrade(Trade calldata trade) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(TRADE_TYPEHASH, trade)));
    }

    /// @dev Measured at each buyer and, over the batch, at the receiver: a token that takes a fee from either or moves less
    /// cannot pass for payment.
    function _pullCash(address cash, address treasury, PrimaryLeg[] calldata legs)
        private
        returns (Item[] memory items)
    {
        // slither-disable-next-line unused-return -- only the scale is asked for
        (uint256 scale,) = cashBook.accepted(cash);
        uint256 before = CashMoves.balanceOf(cash, treasury);
        // slither-disable-next-line uninitialized-local -- begins at zero
        uint256 total;
        items = new Item[](legs.length);
        for (uint256 i; i < legs.length; ++i) {
            PrimaryLeg calldata leg = legs[i];
            if (leg.units == 0 || leg.amount == 0) revert DvpZero(leg.number, leg.units, leg.amount);
            if (leg.wallet == treasury) revert DvpToOneself(treasury);
            uint256 value = leg.amount * scale;
            total += value;
            items[i] = Item(leg.number, leg.wallet, leg.units);
            uint256 held = CashMoves.balanceOf(cash, leg.wallet);
            // slither-disable-next-line arbitrary-send-erc20 -- restricted; each wallet gave an allowance and gets its units in the same call
            SafeERC20.safeTransferFrom(IERC20(cash), leg.wallet, treasury, value);
            _checkMoved(cash, leg.wallet, CashMoves.balanceOf(cash, leg.wallet), held, value);
        }
        CashMoves.requireReceived(cash, treasury, before, total);
    }

    /// @dev Cash first: the security is our own code and calls no stranger, so nobody is handed control between a delivery
    /// and its payment. Then both tokens must have moved by exactly what was signed, on both sides.
    function _exchange(Trade calldata trade, uint256 value) private {
        Sides memory s = _sidesOf(trade);
        // slither-disable-next-line arbitrary-send-erc20 -- both sides signed this trade
        SafeERC20.safeTransferFrom(IERC20(trade.cash), trade.buyer, trade.seller, value);
        // slither-disable-next-line arbitrary-send-erc20 -- both sides signed this trade
        SafeERC20.safeTransferFrom(IERC20(trade.token), trade.seller, trade.buyer, trade.units);
        Sides memory t = _sidesOf(trade);
        _checkMoved(trade.cash, trade.seller, s.sellerCash, t.sellerCash, value);
        _checkMoved(trade.cash, trade.buyer, t.buyerCash, s.buyerCash, value);
        _checkMoved(trade.token, trade.seller, t.sellerUnits, s.sellerUnits, trade.units);
        _checkMoved(trade.token, trade.buyer, s.buyerUnits, t.buyerUnits, trade.units);
    }

    function _sidesOf(Trade calldata trade) private view returns (Sides memory) {
        return Sides(
            CashMoves.balanceOf(trade.token, trade.seller),
            CashMoves.balanceOf(trade.token, trade.buyer),
            CashMoves.balanceOf(trade.cash, trade.seller),
            CashMoves.balanceOf(trade.cash, trade.buyer)
        );
    }

    function _ofMove(address asset, address from, address to, uint256 value) private view returns (bytes memory) {
        bool permissioned = ERC165Checker.supportsInterface(asset, type(IERC3643).interfaceId);
        return Refusals.ofMove(Refusals.Move(asset, from, to, value, 0, permissioned));
    }

    function _inUnits(Trade calldata trade) private view returns (uint256) {
        return trade.amount * cashBook.scaleOf(trade.cash);
    }

    /// @dev EIP-712 for keys (low s only, by OpenZeppelin's ECDSA), ERC-1271 for wallets that are contracts.
    function _checkSignature(address signer, bytes32 digest, bytes calldata signature) private view {
        if (!SignatureChecker.isValidSignatureNowCalldata(signer, digest, signature)) {
            revert DvpSignatureInvalid(signer, digest);
        }
    }

    function _checkTime(uint40 validUntil) private view {
        // slither-disable-next-line timestamp -- days and expiries: seconds do not matter
        if (block.timestamp > validUntil) revert DvpExpired(validUntil, block.timestamp);
    }

    function _checkTerms(Trade calldata trade) private pure {
        if (trade.seller == trade.buyer) revert DvpToOneself(trade.seller);
        if (trade.units == 0 || trade.amount == 0) revert DvpZero(0, trade.units, trade.amount);
    }

    function _checkMoved(address asset, address wallet, uint256 low, uint256 high, uint256 expected) private pure {
        uint256 moved = high > low ? high - low : 0;
        if (moved != expected) revert DvpMovedOtherwise(asset, wallet, expected, moved);
    }
}
