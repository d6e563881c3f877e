// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {IEngine, Rules} from "../compliance/IEngine.sol";
import {SecurityToken} from "./SecurityToken.sol";

/// @notice What a series is on chain. Nothing here is personal or names more than the public term sheet does.
struct TokenTerms {
    string name;
    string symbol;
    uint8 decimals;
    address identityRegistry;
    address engine;
    address controller;
    bytes32 termsHash;
    bytes32 programme;
    uint256 ceilingUnits;
    uint256 facePerUnit;
    uint40 maturity;
    Rules rules;
}

/// @notice Makes one token per salt and lists it with the engine in the same transaction: no token exists without rules.
contract TokenFactory is AccessManaged {
    address public immutable implementation;

    /// @notice The token made with a salt: a series has one token, whatever terms are sent later.
    mapping(bytes32 salt => address token) public tokenOf;

    event TokenCreated(address indexed token, bytes32 indexed salt, bytes32 programme);

    error FactorySaltUsed(bytes32 salt, address token);

    constructor(address initialAuthority, address implementation_) AccessManaged(initialAuthority) {
        // slither-disable-next-line missing-zero-check -- zero admits nobody, and shows at the first call
        implementation = implementation_;
    }

    /// @notice Creates the token at `addressOf(salt, terms)`.
    function create(bytes32 salt, TokenTerms calldata terms) external restricted returns (address token) {
        address existing = tokenOf[salt];
        if (existing != address(0)) revert FactorySaltUsed(salt, existing);
        token = address(new ERC1967Proxy{salt: salt}(implementation, _initData(terms)));
        tokenOf[salt] = token;
        emit TokenCreated(token, salt, terms.programme);
        IEngine(terms.engine).addSeries(
            token, terms.programme, terms.ceilingUnits, terms.facePerUnit, terms.maturity, terms.rules
        );
    }

    /// @notice The address commits to the salt, the implementation and what the token is initialised with.
    function addressOf(bytes32 salt, TokenTerms calldata terms) external view returns (address) {
        bytes memory code =
            abi.encodePacked(type(ERC1967Proxy).creationCode, abi.encode(implementation, _initData(terms)));
        return Create2.computeAddress(salt, keccak256(code));
    }

    function _initData(TokenTerms calldata t) private view returns (bytes memory) {
        return abi.encodeCall(
            SecurityToken.initialize,
            (t.name, t.symbol, t.decimals, authority(), t.identityRegistry, t.engine, t.controller, t.termsHash)
        );
    }
}
