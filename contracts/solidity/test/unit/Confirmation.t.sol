// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IEngine} from "../../src/compliance/IEngine.sol";
import {Confirmation, IController} from "../../src/token/IController.sol";
import {SecurityToken} from "../../src/token/SecurityToken.sol";
import {Stage} from "../base/Stage.sol";

contract ConfirmationTest is Stage {
    uint256 private constant CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    event CapRaised(
        address indexed token, uint64 indexed number, uint64 issueNumber, uint256 units, bytes32 reference_, address registrar
    );

    function test_confirmationRaisesTheCapAndUsesItsNumber() public {
        confirmUnits(token, 1, 2, 700);
        assertCap(700, 0, 0, 0, 0);
        vm.assertTrue(controller.numberUsed(address(token), 1));
        vm.assertFalse(controller.numberUsed(address(token), 2));
    }

    function test_digestIsThatOfThePublishedDomain() public view {
        Confirmation memory c = confirmation(token, 1, 2, 700);
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Tokenization Controller"),
                keccak256("1"),
                block.chainid,
                address(controller)
            )
        );
        bytes32 body = keccak256(abi.encode(controller.CONFIRMATION_TYPEHASH(), c));
        vm.assertEq(controller.hashConfirmation(c), keccak256(abi.encodePacked(hex"1901", domain, body)));
    }

    function test_replayIsRefused() public {
        Confirmation memory c = confirmation(token, 1, 2, 700);
        bytes memory signature = signed(REGISTRAR_KEY, c);
        vm.prank(RELAY);
        relay(c, signature);
        vm.expectRevert(abi.encodeWithSelector(IController.ControllerNumberUsed.selector, address(token), 1));
        vm.prank(RELAY);
        relay(c, signature);
        assertCap(700, 0, 0, 0, 0);
    }

    function test_anotherChainsConfirmationIsRefused() public {
        Confirmation memory c = confirmation(token, 1, 2, 700);
        bytes memory signature = signed(REGISTRAR_KEY, c);
        vm.chainId(777);
        vm.expectPartialRevert(IController.ControllerNotRegistrar.selector);
        vm.prank(RELAY);
        relay(c, signature);
        assertCap(0, 0, 0, 0, 0);
        vm.assertFalse(controller.numberUsed(address(token), 1));
    }

    function test_anotherTokensConfirmationIsRefused() public {
        Confirmation memory c = confirmation(token, 1, 2, 700);
        bytes memory signature = signed(REGISTRAR_KEY, c);
        SecurityToken other = newToken("other", MATURITY);
        c.token = address(other);
        vm.expectPartialRevert(IController.ControllerNotRegistrar.selector);
        vm.prank(RELAY);
        relay(c, signature);
    }

    function test_wrongRegistrarIsNamed() public {
        Confirmation memory c = confirmation(token, 1, 2, 700);
        bytes memory signature = signed(0xBAD, c);
        vm.expectRevert(
            abi.encodeWithSelector(IController.ControllerNotRegistrar.selector, address(token), 1, vm.addr(0xBAD))
        );
        vm.prank(RELAY);
        relay(c, signature);
        assertCap(0, 0, 0, 0, 0);
    }

    function test_registrarWhoseRoleEndedIsRefused() public {
        Confirmation memory c = confirmation(token, 1, 2, 700);
        bytes memory signature = signed(REGISTRAR_KEY, c);
        vm.prank(ADMIN);
        manager.revokeRole(6, registrar);
        vm.expectRevert(
            abi.encodeWithSelector(IController.ControllerNotRegistrar.selector, address(token), 1, registrar)
        );
        vm.prank(RELAY);
        relay(c, signature);
    }

    function test_validUntilIsTheLastSecond() public {
        Confirmation memory c = confirmation(token, 1, 2, 700);
        bytes memory signature = signed(REGISTRAR_KEY, c);
        vm.warp(c.validUntil + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IController.ControllerConfirmationExpired.selector, address(token), 1, c.validUntil, c.validUntil + 1
            )
        );
        vm.prank(RELAY);
        relay(c, signature);
        vm.warp(c.validUntil);
        vm.prank(RELAY);
        relay(c, signature);
        assertCap(700, 0, 0, 0, 0);
    }

    function test_mirroredSignatureIsRefused() public {
        Confirmation memory c = confirmation(token, 1, 2, 700);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(REGISTRAR_KEY, controller.hashConfirmation(c));
        bytes memory mirrored = abi.encodePacked(r, bytes32(CURVE_ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        expectInvalid(c, mirrored);
    }

    function test_compactTruncatedAndEmptySignaturesAreRefused() public {
        Confirmation memory c = confirmation(token, 1, 2, 700);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(REGISTRAR_KEY, controller.hashConfirmation(c));
        expectInvalid(c, abi.encodePacked(r, bytes32(uint256(s) | (uint256(v - 27) << 255))));
        expectInvalid(c, abi.encodePacked(r, s));
        expectInvalid(c, "");
        assertCap(0, 0, 0, 0, 0);
    }

    function testFuzz_anyChangedFieldVoidsTheSignature(uint64 number, uint64 issueNumber, uint128 units, bytes32 ref)
        public
    {
        Confirmation memory c = confirmation(token, 1, 2, 700);
        bytes memory signature = signed(REGISTRAR_KEY, c);
        vm.assume(number != 1 || issueNumber != 2 || units != 700 || ref != REFERENCE);
        vm.assume(units != 0);
        (c.number, c.issueNumber, c.units, c.registryReference) = (number, issueNumber, units, ref);
        vm.expectPartialRevert(IController.ControllerNotRegistrar.selector);
        vm.prank(RELAY);
        relay(c, signature);
    }

    function test_zeroUnitsAndNumberZeroAreRefused() public {
        Confirmation memory c = confirmation(token, 1, 2, 0);
        bytes memory signature = signed(REGISTRAR_KEY, c);
        vm.expectRevert(abi.encodeWithSelector(IController.ControllerZeroUnits.selector, address(token), 1));
        vm.prank(RELAY);
        relay(c, signature);
        c = confirmation(token, 0, 2, 5);
        signature = signed(REGISTRAR_KEY, c);
        vm.expectRevert(abi.encodeWithSelector(IController.ControllerNumberZero.selector, address(token)));
        vm.prank(RELAY);
        relay(c, signature);
    }

    function test_unequalLengthsAreRefused() public {
        Confirmation[] memory list = new Confirmation[](2);
        vm.expectRevert(abi.encodeWithSelector(IController.ControllerLengthMismatch.selector, 2, 1));
        vm.prank(RELAY);
        controller.confirm(list, new bytes[](1));
    }

    function test_onlyTheRelayMayBringIt() public {
        Confirmation memory c = confirmation(token, 1, 2, 700);
        bytes memory signature = signed(REGISTRAR_KEY, c);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, registrar));
        vm.prank(registrar);
        relay(c, signature);
    }

    function test_nobodyButTheControllerMovesTheCap() public {
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineNotController.selector, ADMIN));
        vm.prank(ADMIN);
        engine.raiseCap(address(token), 1);
        vm.expectRevert(abi.encodeWithSelector(IEngine.EngineNotController.selector, ADMIN));
        vm.prank(ADMIN);
        engine.reduceCap(address(token), 1);
    }

    function expectInvalid(Confirmation memory c, bytes memory signature) private {
        vm.expectRevert(abi.encodeWithSelector(IController.ControllerSignatureInvalid.selector, address(token), 1));
        vm.prank(RELAY);
        relay(c, signature);
    }
}
