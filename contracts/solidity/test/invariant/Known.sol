// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../src/authority/Roles.sol";
import {IEngine, Rules} from "../../src/compliance/IEngine.sol";
import {Registration} from "../../src/identity/IIdentityRegistry.sol";
import {IdentityRegistry} from "../../src/identity/IdentityRegistry.sol";
import {ReserveBook} from "../../src/reserve/ReserveBook.sol";
import {Controller} from "../../src/token/Controller.sol";
import {IERC3643} from "../../src/token/IERC3643.sol";
import {Item} from "../../src/token/ISecurityToken.sol";
import {SecurityToken} from "../../src/token/SecurityToken.sol";
import {TokenTerms} from "../../src/token/TokenFactory.sol";
import {Stage} from "../base/Stage.sol";

/// @notice Three series under different rules, and what the handler knows of them from its own acts: whatever the contracts
/// let pass is compared with this, never with their own answers.
/// @dev Series 0: ceilings and cap alone. Series 1: country, category, holding limit and holder count. Series 2: a reserve.
abstract contract Known is Stage {
    struct Party {
        uint40 expiry;
        uint16 country;
        uint8 category;
        uint32 flags;
        bool sanctioned;
    }

    /// @param ceiling in force; @param widest that ever was: supply may lie above the first, never above the second
    struct Line {
        uint256 ceiling;
        uint256 widest;
        bool paused;
        bool ended;
        uint40 closedFrom;
        uint40 closedUntil;
        uint40 maturity;
    }

    struct Backing {
        uint64 number;
        uint128 quantity;
        uint128 encumbered;
        uint128 raised;
        uint40 raisedAt;
        uint40 asOf;
        uint40 expiry;
    }

    uint64 public constant NUMBERS = 192;
    uint256 internal constant EXAMINER_KEY = 0xE8A;
    uint112 internal constant MOST_UNITS = 1_500;
    uint32 internal constant MOST_HOLDERS = 2;
    uint256 internal constant PER_UNIT = 32_150;
    uint256 internal constant MARGIN = 250;
    uint32 internal constant NO_SENDING = 1 << 30;
    uint32 internal constant NO_RECEIVING = 1 << 29;
    address internal constant PERIODS = address(0x9E);
    address internal constant SANCTIONS = address(0x5A);

    SecurityToken[3] public tokens;
    address[6] public wallets;
    uint256 public nowAt;
    string public violation;
    mapping(address token => mapping(uint64 number => uint256)) public acted;
    mapping(bytes32 action => uint256) public successes;

    ReserveBook internal book;
    Backing internal backing;
    uint256 internal programmeCeiling = PROGRAMME_CEILING;
    uint256 internal programmeWidest = PROGRAMME_CEILING;
    mapping(address wallet => Party) internal parties;
    mapping(address token => Line) internal lines;
    mapping(address token => mapping(address wallet => bool)) internal shut;

    modifier atNow() {
        vm.warp(nowAt);
        _;
    }

    function setUp() public virtual override {
        super.setUp();
        nowAt = START;
        book = ReserveBook(engine.reserveBook());
        wireFurther();
        vm.prank(ADMIN);
        engine.setCountrySet("admitted", 586 >> 8, 1 << (586 & 0xff));
        tokens[0] = token;
        Rules memory narrow = Rules("admitted", (1 << 1) | (1 << 2), MOST_UNITS, MOST_HOLDERS, false);
        tokens[1] = newLine("second", MATURITY + 30 days, narrow);
        tokens[2] = newLine("third", MATURITY + 60 days, Rules(0, 0, 0, 0, true));
        known(token, MATURITY);
        vm.startPrank(ADMIN);
        book.addReserve(address(tokens[2]), "gold", PER_UNIT, MARGIN);
        for (uint256 i; i < 3; ++i) {
            wireOne(address(tokens[i]), IERC3643.mint.selector, Roles.AGENT);
            wireOne(address(tokens[i]), IERC3643.burn.selector, Roles.AGENT);
        }
        vm.stopPrank();
        for (uint256 i; i < wallets.length; ++i) {
            wallets[i] = address(uint160(0x1000 + i));
            enrol(wallets[i], 586, 1, KYC_EXPIRY);
        }
    }

    /// @dev Pairs of wallets share an identity, so that recovery has somewhere to go and holdings are counted together.
    function identityOf(address wallet) internal pure returns (address) {
        return address(uint160(0x2000 + (uint160(wallet) - 0x1000) / 2));
    }

    function enrol(address wallet, uint16 country, uint8 category, uint40 expiry) internal {
        Registration[] memory lines_ = new Registration[](1);
        lines_[0] = Registration(wallet, identityOf(wallet), country, category, expiry);
        vm.prank(IDENTITY);
        registry.registerBatch(lines_);
        Party storage party = parties[wallet];
        (party.country, party.category, party.expiry) = (country, category, expiry);
    }

    function maySend(address wallet) internal view returns (bool) {
        Party memory p = parties[wallet];
        return nowAt < p.expiry && p.flags & ~NO_RECEIVING == 0 && !p.sanctioned;
    }

    function mayReceive(address wallet) internal view returns (bool) {
        Party memory p = parties[wallet];
        return nowAt < p.expiry && p.flags & ~NO_SENDING == 0 && !p.sanctioned;
    }

    /// @dev After units were issued or dealt: was the market open?
    function checkOpen(SecurityToken t, bytes32 action) internal {
        Line memory l = lines[address(t)];
        if (l.paused) fail(action, "while paused");
        if (l.ended) fail(action, "after the end");
        if (nowAt >= l.maturity) fail(action, "after maturity");
        if (l.closedFrom <= nowAt && nowAt < l.closedUntil) fail(action, "in a closed period");
        ++successes[action];
    }

    /// @dev After units came to `to` otherwise than by an order of law: might he have them?
    function checkAdmitted(SecurityToken t, address to, uint256 units, bytes32 action) internal {
        checkReceiver(t, to, action);
        if (address(t) != address(tokens[1]) || units == 0) return;
        Party memory p = parties[to];
        if (p.country != 586) fail(action, "to a country that is not admitted");
        if (p.category != 1 && p.category != 2) fail(action, "to a category that is not admitted");
        (uint256 held, uint256 holders) = counted(t, identityOf(to));
        if (held > MOST_UNITS) fail(action, "over the investor's limit");
        if (held == units && holders > MOST_HOLDERS) fail(action, "over the number of holders");
    }

    function checkReceiver(SecurityToken t, address to, bytes32 action) internal {
        if (!mayReceive(to)) fail(action, "to a wallet that may not receive");
        if (shut[address(t)][to]) fail(action, "to a frozen wallet");
    }

    /// @dev After the supply of a series grew: is it within both ceilings, and within the reserve if it has one?
    function checkRoom(SecurityToken t, bytes32 action) internal {
        uint256 supply = t.totalSupply();
        if (supply > lines[address(t)].ceiling) fail(action, "over the series' ceiling");
        uint256 face;
        for (uint256 i; i < 3; ++i) {
            if (nowAt < lines[address(tokens[i])].maturity) face += tokens[i].totalSupply() * FACE;
        }
        if (face > programmeCeiling) fail(action, "over the programme's ceiling");
        if (address(t) != address(tokens[2])) return;
        if (nowAt >= backing.expiry) fail(action, "on an expired attestation");
        uint256 left = backing.quantity > backing.encumbered ? backing.quantity - backing.encumbered : 0;
        if (supply * PER_UNIT > left * (10_000 - MARGIN) / 10_000) fail(action, "beyond the reserve");
    }

    /// @notice Units of one investor over all his wallets, and investors who hold, summed from the balances.
    function counted(SecurityToken t, address identity) public view returns (uint256 held, uint256 holders) {
        for (uint256 i; i < wallets.length; i += 2) {
            uint256 sum = t.balanceOf(wallets[i]) + t.balanceOf(wallets[i + 1]);
            if (sum != 0) ++holders;
            if (identityOf(wallets[i]) == identity) held = sum;
        }
    }

    function spend(SecurityToken t, uint64 number, bytes32 action) internal {
        ++successes[action];
        if (number == 0) fail(action, "by number zero");
        if (++acted[address(t)][number] > 1) fail(action, "by a number that had acted");
    }

    function fail(bytes32 action, string memory words) internal {
        violation = string.concat(string(abi.encodePacked(action)), ": ", words);
    }

    function newLine(bytes32 salt, uint40 maturity, Rules memory rules) private returns (SecurityToken made) {
        TokenTerms memory t = terms(maturity);
        t.rules = rules;
        vm.prank(DEPLOYER);
        made = SecurityToken(factory.create(salt, t));
        known(made, maturity);
    }

    function known(SecurityToken t, uint40 maturity) private {
        Line storage l = lines[address(t)];
        (l.maturity, l.ceiling, l.widest) = (maturity, CEILING_UNITS, CEILING_UNITS);
    }

    /// @dev Setting up is ADMIN's here, whoever does it in production; the rest is wired as there.
    function wireFurther() private {
        vm.startPrank(ADMIN);
        wireOne(address(engine), IEngine.setCountrySet.selector, Roles.ADMIN);
        wireOne(address(engine), IEngine.setSeriesCeiling.selector, Roles.ADMIN);
        wireOne(address(engine), IEngine.setProgrammeCeiling.selector, Roles.ADMIN);
        wireOne(address(book), ReserveBook.addReserve.selector, Roles.ADMIN);
        manager.grantRole(Roles.AGENT, AGENT, 0);
        manager.grantRole(Roles.EXAMINER, vm.addr(EXAMINER_KEY), 0);
        manager.grantRole(Roles.PERIODS, PERIODS, 0);
        manager.grantRole(Roles.SANCTIONS, SANCTIONS, 0);
        wireOne(address(engine), IEngine.setClosedPeriod.selector, Roles.PERIODS);
        wireOne(address(registry), IdentityRegistry.setSanctioned.selector, Roles.SANCTIONS);
        wireOne(address(controller), Controller.deactivate.selector, Roles.ENFORCEMENT);
        wireOne(address(book), ReserveBook.attest.selector, Roles.RELAY);
        wireOne(address(book), ReserveBook.raiseEncumbrance.selector, Roles.ENFORCEMENT);
        vm.stopPrank();
    }

    function pickToken(uint256 seed) internal view returns (SecurityToken) {
        return tokens[uint256(keccak256(abi.encode("token", seed))) % 3];
    }

    function pickWallet(uint256 seed) internal view returns (address) {
        return wallets[uint256(keccak256(abi.encode("wallet", seed))) % 6];
    }

    function pickNumber(uint256 seed) internal pure returns (uint64) {
        return uint64(uint256(keccak256(abi.encode("number", seed))) % NUMBERS);
    }

    function pickItems(uint256 seed, uint128 units) internal view returns (Item[] memory items) {
        items = new Item[](2);
        units = uint128(bound(units, 0, 800));
        items[0] = Item(pickNumber(seed), pickWallet(seed >> 8), units);
        items[1] = Item(pickNumber(seed >> 32), pickWallet(seed >> 40), units / 2 + 1);
    }
}
