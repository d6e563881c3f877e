// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";
import {IEngine} from "../compliance/IEngine.sol";
import {IController} from "../token/IController.sol";
import {IERC3643} from "../token/IERC3643.sol";
import {ICashBook} from "./ICashBook.sol";
import {IDeliveryVersusPayment, PrimaryLeg} from "./IDeliveryVersusPayment.sol";
import {Refusals} from "./Refusals.sol";

/// @notice Says beforehand which legs of a primary batch would fail, and why.
abstract contract PrimaryChecks is IDeliveryVersusPayment {
    /// @notice A leg costs under 80,000 gas, first cash and first units included: 200 stay below the 16,777,216 of one
    /// transaction (EIP-7825).
    uint256 public constant MAX_LEGS = 200;

    IController public immutable controller;
    /// @notice The engine that must know a security: a token that nobody listed cannot take a buyer's cash.
    IEngine public immutable engine;
    ICashBook public immutable cashBook;

    /// @dev What a batch uses up as its legs pass.
    struct Rooms {
        uint256 cap;
        uint256 series;
        uint256 programmeFace;
        uint256 facePerUnit;
        bytes32 programme;
    }

    struct Batch {
        address token;
        address cash;
        address treasury;
        uint256 scale;
        bool permissioned;
    }

    constructor(address controller_, address engine_, address cashBook_) {
        controller = IController(controller_);
        engine = IEngine(engine_);
        cashBook = ICashBook(cashBook_);
    }

    /// @inheritdoc IDeliveryVersusPayment
    function failures(
        address token, address cash, address treasury, PrimaryLeg[] calldata legs, uint40 validUntil
    ) external view returns (bytes memory batch, bytes[] memory reasons) {
        reasons = new bytes[](legs.length);
        batch = _ofBatch(token, cash, legs.length, validUntil);
        // slither-disable-next-line timestamp -- days and expiries: seconds do not matter
        if (batch.length != 0) return (batch, reasons);
        // slither-disable-next-line unused-return -- only the scale is asked for
        (uint256 scale,) = cashBook.accepted(cash);
        bool permissioned = ERC165Checker.supportsInterface(cash, type(IERC3643).interfaceId);
        Batch memory b = Batch(token, cash, treasury, scale, permissioned);
        Rooms memory rooms = _roomsOf(token);
        for (uint256 i; i < legs.length; ++i) {
            reasons[i] = _ofLeg(b, legs, reasons, rooms, i);
            if (reasons[i].length == 0) _take(rooms, legs[i].units);
        }
    }

    function _ofBatch(address token, address cash, uint256 size, uint40 validUntil)
        private
        view
        returns (bytes memory reason)
    {
        // slither-disable-next-line timestamp -- days and expiries: seconds do not matter
        if (block.timestamp > validUntil) {
            return abi.encodeWithSelector(DvpExpired.selector, validUntil, block.timestamp);
        }
        if (size == 0 || size > MAX_LEGS) return abi.encodeWithSelector(DvpBatchSize.selector, size, MAX_LEGS);
        reason = Refusals.ofCall(address(cashBook), abi.encodeCall(ICashBook.accepted, (cash)));
        if (reason.length != 0) return reason;
        reason = Refusals.ofCall(address(engine), abi.encodeCall(IEngine.seriesOf, (token)));
        if (reason.length != 0) return reason;
        // slither-disable-next-line unused-return -- the other terms are not asked for
        (,,, uint40 maturity,) = engine.seriesOf(token);
        if (block.timestamp < maturity) return "";
        return abi.encodeWithSelector(IEngine.EngineMatured.selector, token, maturity, block.timestamp);
    }

    function _ofLeg(Batch memory b, PrimaryLeg[] calldata legs, bytes[] memory reasons, Rooms memory rooms, uint256 i)
        private
        view
        returns (bytes memory reason)
    {
        PrimaryLeg calldata leg = legs[i];
        if (leg.units == 0 || leg.amount == 0) {
            return abi.encodeWithSelector(DvpZero.selector, leg.number, leg.units, leg.amount);
        }
        if (leg.wallet == b.treasury) return abi.encodeWithSelector(DvpToOneself.selector, leg.wallet);
        reason = _ofNumber(b.token, legs, i);
        if (reason.length != 0) return reason;
        (uint256 amount, uint256 units) = _usedBefore(legs, reasons, i);
        reason = Refusals.ofMove(
            Refusals.Move(b.cash, leg.wallet, b.treasury, leg.amount * b.scale, amount * b.scale, b.permissioned)
        );
        if (reason.length == 0) reason = _ofRooms(b.token, rooms, leg.units);
        if (reason.length == 0) reason = Refusals.ofIssue(b.token, leg.wallet, units + leg.units);
    }

    /// @dev The second leg with a number is the one that the controller would refuse.
    function _ofNumber(address token, PrimaryLeg[] calldata legs, uint256 i) private view returns (bytes memory) {
        uint64 number = legs[i].number;
        if (number == 0) return abi.encodeWithSelector(IController.ControllerNumberZero.selector, token);
        // slither-disable-next-line calls-loop -- a view over a bounded batch; our own contract
        bool used = controller.numberUsed(token, number);
        for (uint256 j; j < i && !used; ++j) {
            used = legs[j].number == number;
        }
        return used ? abi.encodeWithSelector(IController.ControllerNumberUsed.selector, token, number) : bytes("");
    }

    /// @dev By earlier legs of the same buyer that would pass.
    function _usedBefore(PrimaryLeg[] calldata legs, bytes[] memory reasons, uint256 i)
        private
        pure
        returns (uint256 amount, uint256 units)
    {
        for (uint256 j; j < i; ++j) {
            if (legs[j].wallet != legs[i].wallet || reasons[j].length != 0) continue;
            amount += legs[j].amount;
            units += legs[j].units;
        }
    }

    function _ofRooms(address token, Rooms memory rooms, uint256 units) private pure returns (bytes memory) {
        if (units > rooms.cap) {
            return abi.encodeWithSelector(IEngine.EngineCapExceeded.selector, token, units, rooms.cap);
        }
        if (units > rooms.series) {
            return abi.encodeWithSelector(IEngine.EngineSeriesCeilingExceeded.selector, token, units, rooms.series);
        }
        uint256 face = units * rooms.facePerUnit;
        if (face > rooms.programmeFace) {
            return abi.encodeWithSelector(
                IEngine.EngineProgrammeCeilingExceeded.selector, rooms.programme, face, rooms.programmeFace
            );
        }
        return "";
    }

    function _take(Rooms memory rooms, uint256 units) private pure {
        rooms.cap -= units;
        rooms.series -= units;
        rooms.programmeFace -= units * rooms.facePerUnit;
    }

    function _roomsOf(address token) private view returns (Rooms memory rooms) {
        (rooms.cap, rooms.series, rooms.programmeFace) = engine.roomOf(token);
        // slither-disable-next-line unused-return -- the other terms are not asked for
        (rooms.programme,, rooms.facePerUnit,,) = engine.seriesOf(token);
    }
}
