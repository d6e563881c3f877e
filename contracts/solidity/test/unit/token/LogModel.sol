// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "../../base/Vm.sol";

/// @notice What a reader of logs knows of one token, and nothing else.
contract LogModel {
    mapping(address => uint256) public balance;
    mapping(address => uint256) public frozen;
    /// @dev By ERC-3643's differences, kept apart from ERC-7943's figures: both readers must end at the same.
    mapping(address => uint256) public frozenByDifference;
    mapping(address => bool) public closed;
    mapping(address => mapping(address => uint256)) public allowance;
    mapping(address => uint256) public nonce;
    uint256 public supply;
    uint256 public issued;
    uint256 public redeemed;
    uint256 public annulled;
    bool public paused;
    bool public deactivated;
    address public registry;
    address public engine;
    address public controller;
    address public authority;
    address public implementation;
    address public onchainID;
    bytes32 public terms;
    uint8 public decimals;
    string public name;
    string public symbol;
    string public unknown;

    function read(Vm.Log[] calldata logs, address token) external {
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].emitter != token) continue;
            bool known = _movement(logs[i]) || _freeze(logs[i]) || _terms(logs[i]) || _cause(logs[i]);
            if (!known) unknown = "an event that the reader does not know";
        }
    }

    function _movement(Vm.Log calldata log) private returns (bool) {
        bytes32 topic = log.topics[0];
        if (topic == keccak256("Transfer(address,address,uint256)")) {
            (address from, address to, uint256 amount) = (who(log, 1), who(log, 2), number(log));
            if (from == address(0)) supply += amount;
            else balance[from] -= amount;
            if (to == address(0)) supply -= amount;
            else balance[to] += amount;
        } else if (topic == keccak256("Approval(address,address,uint256)")) {
            allowance[who(log, 1)][who(log, 2)] = number(log);
        } else if (topic == keccak256("PermitUsed(address,uint256)")) {
            nonce[who(log, 1)] = number(log) + 1;
        } else {
            return false;
        }
        return true;
    }

    function _freeze(Vm.Log calldata log) private returns (bool) {
        bytes32 topic = log.topics[0];
        if (topic == keccak256("Frozen(address,uint256)")) frozen[who(log, 1)] = number(log);
        else if (topic == keccak256("TokensFrozen(address,uint256)")) frozenByDifference[who(log, 1)] += number(log);
        else if (topic == keccak256("TokensUnfrozen(address,uint256)")) frozenByDifference[who(log, 1)] -= number(log);
        else if (topic == keccak256("AddressFrozen(address,bool,address)")) closed[who(log, 1)] = log.topics[2] != 0;
        else if (topic == keccak256("Paused(address)")) paused = true;
        else if (topic == keccak256("Unpaused(address)")) paused = false;
        else if (topic == keccak256("Deactivated()")) deactivated = true;
        else return false;
        return true;
    }

    function _terms(Vm.Log calldata log) private returns (bool) {
        bytes32 topic = log.topics[0];
        if (topic == keccak256("IdentityRegistryAdded(address)")) registry = who(log, 1);
        else if (topic == keccak256("ComplianceAdded(address)")) engine = who(log, 1);
        else if (topic == keccak256("ControllerSet(address)")) controller = who(log, 1);
        else if (topic == keccak256("Upgraded(address)")) implementation = who(log, 1);
        else if (topic == keccak256("AuthorityUpdated(address)")) authority = address(uint160(number(log)));
        else if (topic == keccak256("TermsSet(bytes32)")) terms = abi.decode(log.data, (bytes32));
        else if (topic == keccak256("Named(string,string)")) (name, symbol) = abi.decode(log.data, (string, string));
        else if (topic == keccak256("UpdatedTokenInformation(string,string,uint8,string,address)")) _information(log);
        else return topic == keccak256("Initialized(uint64)") || topic == keccak256("EIP712DomainChanged()");
        return true;
    }

    function _information(Vm.Log calldata log) private {
        (decimals,) = abi.decode(log.data, (uint8, string));
        onchainID = who(log, 3);
    }

    function _cause(Vm.Log calldata log) private returns (bool) {
        bytes32 topic = log.topics[0];
        if (topic == keccak256("Issued(uint64,address,uint256)")) issued += number(log);
        else if (topic == keccak256("Redeemed(uint64,address,uint256)")) redeemed += number(log);
        else if (topic == keccak256("Annulled(uint64,address,uint256,uint16,bytes32)")) annulled += number(log);
        else return _isOther(topic);
        return true;
    }

    function _isOther(bytes32 topic) private pure returns (bool) {
        return topic == keccak256("TransferForced(uint64,address,address,uint256,uint16,bytes32)")
            || topic == keccak256("Recovered(uint64,address,address,uint256,uint16,bytes32)")
            || topic == keccak256("ForcedTransfer(address,address,uint256)")
            || topic == keccak256("RecoverySuccess(address,address,address)");
    }

    function who(Vm.Log calldata log, uint256 topic) private pure returns (address) {
        return address(uint160(uint256(log.topics[topic])));
    }

    /// @dev The first word of the data.
    function number(Vm.Log calldata log) private pure returns (uint256) {
        return uint256(bytes32(log.data[:32]));
    }
}
