// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Stage} from "../base/Stage.sol";

/// @notice Who hands a contract over to another AccessManager, and to what.
contract AuthorityTest is Stage {
    function test_onlyItsAuthorityHandsATokenOver() public {
        AccessManager other = AccessManager(deploy("AccessManager", abi.encode(ADMIN)));
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ADMIN));
        vm.prank(ADMIN);
        token.setAuthority(address(other));
        vm.assertEq(token.authority(), address(manager));
        vm.prank(ADMIN);
        manager.updateAuthority(address(token), address(other));
        vm.assertEq(token.authority(), address(other));
    }

    function test_anAuthorityWithoutCodeIsRefused() public {
        address empty = address(0xE0A);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedInvalidAuthority.selector, empty));
        vm.prank(ADMIN);
        manager.updateAuthority(address(token), empty);
        vm.assertEq(token.authority(), address(manager));
    }
}
