// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IIdentityRegistry} from "../identity/IIdentityRegistry.sol";
import {CashMoves} from "../settlement/CashMoves.sol";
import {ICashBook} from "../settlement/ICashBook.sol";
import {Order} from "../token/ISecurityToken.sol";
import {PaidNumbers} from "./PaidNumbers.sol";
import {IPayingAgent} from "./IPayingAgent.sol";

/// @notice Money that is a holder's and could not reach him: kept for him until he, or an order on his behalf, draws it.
abstract contract Unclaimed is PaidNumbers, AccessManaged, ReentrancyGuardTransient {
    ICashBook public immutable cashBook;
    /// @notice Whoever draws himself must be verified here: a lapsed or sanctioned holder's money waits, or leaves by order.
    IIdentityRegistry public immutable identityRegistry;

    mapping(address cash => mapping(address wallet => uint256)) private _unclaimed;
    mapping(address cash => uint256) internal _owed;

    constructor(address cashBook_, address identityRegistry_) {
        cashBook = ICashBook(cashBook_);
        identityRegistry = IIdentityRegistry(identityRegistry_);
    }

    /// @inheritdoc IPayingAgent
    function draw(address cash) external nonReentrant {
        address[] memory wallets = new address[](1);
        wallets[0] = msg.sender;
        // slither-disable-next-line unused-return -- it reverts for who may not hold; nothing else is asked
        identityRegistry.verifiedRecords(wallets);
        uint256 amount = _unclaimed[cash][msg.sender];
        _draw(cash, msg.sender, msg.sender, amount);
        emit Drawn(cash, 0, msg.sender, msg.sender, amount, 0, bytes32(0));
    }

    /// @inheritdoc IPayingAgent
    /// @dev The order's number is used up under the cash token's address: draws are counted apart from payments.
    function drawFor(
        address cash, address wallet, address to, uint256 amount, uint64 number, Order calldata order
    ) external restricted nonReentrant {
        _checkOrder(order);
        Page memory page = _openPage(cash, number);
        _useNumber(cash, page, number);
        _keepPage(cash, page);
        _draw(cash, wallet, to, amount);
        emit Drawn(cash, number, wallet, to, amount, order.basis, order.reference_);
    }

    /// @inheritdoc IPayingAgent
    function unclaimedOf(address cash, address wallet) external view returns (uint256) {
        return _unclaimed[cash][wallet];
    }

    /// @inheritdoc IPayingAgent
    function owedIn(address cash) external view returns (uint256) {
        return _owed[cash];
    }

    function _checkOrder(Order calldata order) internal pure {
        if (order.basis == 0 || order.reference_ == 0) revert PayBasisMissing();
    }

    function _reserve(address cash, address wallet, uint256 amount) internal {
        _unclaimed[cash][wallet] += amount;
    }

    /// @dev Sent to the agent itself the money would be nobody's, and its own balance would not move: refused as moved otherwise.
    function _draw(address cash, address wallet, address to, uint256 amount) private {
        uint256 held = _unclaimed[cash][wallet];
        if (amount == 0 || amount > held) revert PayNothingUnclaimed(cash, wallet, amount, held);
        unchecked {
            _unclaimed[cash][wallet] = held - amount;
        }
        _owed[cash] -= amount;
        CashMoves.sendExactly(cash, to, amount * cashBook.scaleOf(cash));
    }
}
