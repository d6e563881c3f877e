// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Item, Order} from "../token/ISecurityToken.sol";

/// @notice What a payment event pays. Only a redemption burns.
enum PaymentKind {
    Coupon,
    Redemption
}

/// @notice How a computed amount becomes whole minor units.
enum Rounding {
    Down,
    HalfUp,
    HalfEven,
    Up
}

/// @notice One payment, in the currency's minor units.
/// @param number the payment instruction's number; the agent pays it at most once per token
/// @param toReserve whether it goes to the holder's reserve at once, because it is known that his wallet cannot take it
struct Payment {
    uint64 number;
    address wallet;
    uint128 amount;
    bool toReserve;
}

/// @notice Minor units per unit of the security, as a fraction.
struct Rate {
    uint128 numerator;
    uint128 denominator;
    Rounding rounding;
}

/// @notice A payment event and its figures, in minor units: funded = paid + reserved + remaining, always.
/// @param batches whether the cash token's `batchTransfer` is tried first
/// @param recordFrom beginning of the closed period in which computed amounts are counted; zero before the first
/// @param scale token units in one minor unit, as it was at opening
/// @param treasury the only account that funds the event, and the one that gets the residual
struct PaymentEvent {
    address token;
    PaymentKind kind;
    bool open;
    bool batches;
    uint40 recordFrom;
    address cash;
    uint96 scale;
    address treasury;
    uint128 funded;
    uint128 paid;
    uint128 reserved;
}

/// @notice Pays coupons and redemptions out of what the treasury has funded, by numbered instructions.
interface IPayingAgent {
    event EventOpened(
        bytes32 indexed id, address indexed token, address indexed cash, PaymentKind kind, address treasury, uint256 scale
    );
    event EventFunded(bytes32 indexed id, uint256 amount);
    event EventClosed(bytes32 indexed id, uint256 residual);
    /// @notice What one batch paid, in its order; the cash token's `Transfer` says it per wallet. One log and not one for each,
    /// because the logs would be a tenth of the cost of a coupon.
    event Paid(
        bytes32 indexed id, address indexed token, uint64[] numbers, address[] wallets, uint256[] amounts
    );
    /// @param reason what the cash token answered; empty if the instruction itself said reserve
    event Reserved(bytes32 indexed id, uint64 indexed number, address indexed wallet, uint256 amount, bytes reason);
    /// @param number zero if the holder drew himself; @param basis code of the legal basis of a draw by order
    event Drawn(
        address indexed cash,
        uint64 indexed number,
        address indexed wallet,
        address to,
        uint256 amount,
        uint16 basis,
        bytes32 reference_
    );
    event NumberRetired(address indexed token, uint64 indexed number, uint16 basis, bytes32 reference_);

    error PayEventKnown(bytes32 id);
    error PayEventNotOpen(bytes32 id);
    error PayEventKind(bytes32 id, PaymentKind kind);
    error PayZeroAddress(bytes32 id);
    error PayZeroAmount(bytes32 id, uint64 number);
    error PayWalletInvalid(bytes32 id, uint64 number, address wallet);
    error PayExpired(bytes32 id, uint256 validUntil, uint256 nowAt);
    error PayBatchSize(uint256 size, uint256 limit);
    error PayLengthMismatch(uint256 first, uint256 second);
    error PayNumberZero(address token);
    error PayNumberUsed(address token, uint64 number);
    error PayUnderfunded(bytes32 id, uint256 requested, uint256 remaining);
    error PayCashMissing(address cash, uint256 requested, uint256 held);
    /// @dev The cash token moves nothing at all, or not from the agent: no fault of a wallet, so nothing is reserved.
    error PayCashStopped(address cash, bytes reason);
    /// @dev With less, a transfer could fail for want of gas and be taken for a wallet that refuses.
    error PayGasTooLow(uint256 gasLeft, uint256 needed);
    error PayRateInvalid(bytes32 id);
    error PayDealingOpen(address token, uint256 closedFrom, uint256 closedUntil, uint256 nowAt);
    error PayBasisMissing();
    /// @dev Dealing was open since the first computed payment: another record would be paid.
    error PayRecordMoved(bytes32 id, uint256 recordFrom, uint256 closedFrom);
    error PayNothingUnclaimed(address cash, address wallet, uint256 requested, uint256 held);

    /// @notice Opens an event; its id is never used again.
    function openEvent(bytes32 id, address token, address cash, PaymentKind kind, address treasury) external;
    /// @notice Pulls exactly `amount` minor units from the event's treasury, by its allowance.
    function fund(bytes32 id, uint256 amount) external;
    /// @notice Returns what is neither paid nor reserved to the treasury; nothing is paid afterwards.
    function closeEvent(bytes32 id) external;

    /// @notice Pays amounts that were computed outside. All numbers act or none; a wallet that refuses is reserved for.
    function pay(bytes32 id, Payment[] calldata payments, uint40 validUntil) external;
    /// @notice Pays balance x rate to each wallet, while the series' dealing is closed.
    function payComputed(
        bytes32 id, uint64[] calldata numbers, address[] calldata wallets, Rate calldata rate, uint40 validUntil
    ) external;
    /// @notice Burns each item at the controller and pays for it, together; in full or in part.
    function redeemAndPay(bytes32 id, Item[] calldata items, uint128[] calldata amounts, uint40 validUntil) external;
    /// @notice Uses numbers up unpaid, because bank rails pay them: the chain can then never pay them a second time.
    function retire(address token, uint64[] calldata numbers, Order calldata order) external;

    /// @notice Pays the caller all that is reserved for him in a cash token.
    function draw(address cash) external;
    /// @notice Pays out of a holder's reserve on an order, to him or to whom the order names.
    function drawFor(
        address cash, address wallet, address to, uint256 amount, uint64 number, Order calldata order
    ) external;

    function eventOf(bytes32 id) external view returns (PaymentEvent memory);
    function remainingOf(bytes32 id) external view returns (uint256);
    function unclaimedOf(address cash, address wallet) external view returns (uint256);
    /// @notice What the agent owes in a cash token, minor units: remaining of open events and reserves not drawn.
    function owedIn(address cash) external view returns (uint256);
    /// @notice Whether a payment number of a token (of a cash token: a draw by order) was used up.
    function numberUsed(address token, uint64 number) external view returns (bool);
}
