// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "./Vm.sol";

abstract contract TestBase {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev Deploys the committed artifact: what is tested is, byte for byte, what production deploys. With FROM_SOURCE=true
    /// (coverage, or a change under way) forge's own compilation of the same source instead.
    function deploy(string memory name, bytes memory arguments) internal returns (address made) {
        bytes memory code = vm.envOr("FROM_SOURCE", false)
            ? vm.getCode(string.concat(name, ".sol:", name))
            : vm.parseJsonBytes(vm.readFile(string.concat("../artifacts/", name, ".json")), ".bytecode");
        code = abi.encodePacked(code, arguments);
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
        }
        vm.assertTrue(made != address(0), name);
    }

    /// @dev Folds `value` into [low, high] without throwing a run away.
    function bound(uint256 value, uint256 low, uint256 high) internal pure returns (uint256) {
        if (value >= low && value <= high) return value;
        uint256 span = high - low + 1;
        return span == 0 ? value : low + value % span;
    }
}
