// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {TokenPermit} from "../../src/token/core/TokenPermit.sol";
import {SecurityToken} from "../../src/token/SecurityToken.sol";
import {Stage} from "../base/Stage.sol";
import {Vm} from "../base/Vm.sol";
import {PlainToken} from "./PlainToken.sol";

/// @notice ERC-2612 and ERC-5267 on the proxied security: one signature, one token, one chain, one nonce.
contract ERC2612Test is Stage {
    uint256 private constant OWNER_KEY = 0x0B0E;
    uint256 private constant CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
    address private owner;
    uint256 private deadline;

    function setUp() public override {
        super.setUp();
        owner = vm.addr(OWNER_KEY);
        deadline = block.timestamp + 1 hours;
    }

    function test_aPermitGivesTheAllowanceAndUsesItsNonce() public {
        (uint8 v, bytes32 r, bytes32 s) = signature(token, 500, 0);
        vm.recordLogs();
        token.permit(owner, bob, 500, deadline, v, r, s);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 2);
        vm.assertEq(logs[0].topics[0], keccak256("Approval(address,address,uint256)"));
        vm.assertEq(logs[1].topics[0], keccak256("PermitUsed(address,uint256)"));
        vm.assertEq(logs[1].data, abi.encode(0));
        vm.assertEq(token.allowance(owner, bob), 500);
        vm.assertEq(token.nonces(owner), 1);
    }

    function test_aPermitIsUsedOnce() public {
        (uint8 v, bytes32 r, bytes32 s) = signature(token, 500, 0);
        token.permit(owner, bob, 500, deadline, v, r, s);
        vm.expectPartialRevert(TokenPermit.ERC2612InvalidSigner.selector);
        token.permit(owner, bob, 500, deadline, v, r, s);
        vm.assertEq(token.nonces(owner), 1);
    }

    function test_aPermitExpiresAfterItsDeadline() public {
        (uint8 v, bytes32 r, bytes32 s) = signature(token, 500, 0);
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(TokenPermit.ERC2612ExpiredSignature.selector, deadline));
        token.permit(owner, bob, 500, deadline, v, r, s);
        vm.warp(deadline);
        token.permit(owner, bob, 500, deadline, v, r, s);
        vm.assertEq(token.allowance(owner, bob), 500);
    }

    function test_theMirroredSignatureIsRefused() public {
        (uint8 v, bytes32 r, bytes32 s) = signature(token, 500, 0);
        bytes32 mirrored = bytes32(CURVE_ORDER - uint256(s));
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureS.selector, mirrored));
        token.permit(owner, bob, 500, deadline, v == 27 ? 28 : 27, r, mirrored);
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignature.selector));
        token.permit(owner, bob, 500, deadline, 26, r, s);
        vm.assertEq(token.nonces(owner), 0);
    }

    function test_aPermitIsForOneChainAndOneToken() public {
        SecurityToken other = newToken("other", MATURITY + 1);
        (uint8 v, bytes32 r, bytes32 s) = signature(token, 500, 0);
        vm.expectPartialRevert(TokenPermit.ERC2612InvalidSigner.selector);
        other.permit(owner, bob, 500, deadline, v, r, s);
        uint256 here = block.chainid;
        vm.chainId(here + 1);
        vm.expectPartialRevert(TokenPermit.ERC2612InvalidSigner.selector);
        token.permit(owner, bob, 500, deadline, v, r, s);
        vm.chainId(here);
        token.permit(owner, bob, 500, deadline, v, r, s);
        vm.assertEq(token.allowance(owner, bob), 500);
    }

    function test_nobodySpendsWithoutASpenderOrForZero() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(OWNER_KEY, digest(token, address(0), 500, 0));
        vm.expectRevert(abi.encodeWithSignature("ERC20InvalidSpender(address)", address(0)));
        token.permit(owner, address(0), 500, deadline, v, r, s);
    }

    function testFuzz_anyOtherContentIsRefused(address spender, uint256 value, uint256 until, uint256 nonce) public {
        until = bound(until, block.timestamp, type(uint256).max);
        bool same = spender == bob && value == 500 && until == deadline && nonce == 0;
        (uint8 v, bytes32 r, bytes32 s) = signature(token, 500, 0);
        if (nonce != 0) (v, r, s) = signature(token, value, nonce);
        vm.assume(!same && spender != address(0));
        vm.expectPartialRevert(TokenPermit.ERC2612InvalidSigner.selector);
        token.permit(owner, spender, value, until, v, r, s);
        vm.assertEq(token.allowance(owner, spender), 0);
    }

    function test_theDomainIsOfTheProxyAndSaysSo() public view {
        (, string memory name, string memory version, uint256 chain, address at_,,) = token.eip712Domain();
        vm.assertEq(name, "Bill");
        vm.assertEq(version, token.version());
        vm.assertEq(chain, block.chainid);
        vm.assertEq(at_, address(token));
        vm.assertEq(token.DOMAIN_SEPARATOR(), separator(address(token), "Bill"));
        vm.assertTrue(token.supportsInterface(type(IERC20Permit).interfaceId));
        vm.assertTrue(token.supportsInterface(type(IERC5267).interfaceId));
    }

    function test_anotherNameIsAnotherDomain() public {
        (uint8 v, bytes32 r, bytes32 s) = signature(token, 500, 0);
        vm.recordLogs();
        vm.prank(ADMIN);
        token.setName("Note");
        vm.assertEq(vm.getRecordedLogs()[0].topics[0], keccak256("EIP712DomainChanged()"));
        vm.assertEq(token.DOMAIN_SEPARATOR(), separator(address(token), "Note"));
        vm.expectPartialRevert(TokenPermit.ERC2612InvalidSigner.selector);
        token.permit(owner, bob, 500, deadline, v, r, s);
    }

    function test_theBareCoreHasADomainToo() public {
        PlainToken plain = new PlainToken("Plain", "PLN", ADMIN);
        vm.assertEq(plain.DOMAIN_SEPARATOR(), separator(address(plain), "Plain"));
    }

    function signature(SecurityToken t, uint256 value, uint256 nonce) private view returns (uint8, bytes32, bytes32) {
        return vm.sign(OWNER_KEY, digest(t, bob, value, nonce));
    }

    function digest(SecurityToken t, address spender, uint256 value, uint256 nonce) private view returns (bytes32) {
        bytes32 typed =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 content = keccak256(abi.encode(typed, owner, spender, value, nonce, deadline));
        return keccak256(abi.encodePacked(hex"1901", separator(address(t), "Bill"), content));
    }

    function separator(address verifying, string memory name) private view returns (bytes32) {
        bytes32 typed = keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
        return keccak256(
            abi.encode(typed, keccak256(bytes(name)), keccak256("1"), block.chainid, verifying)
        );
    }
}
