// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {IDeliveryVersusPayment} from "./IDeliveryVersusPayment.sol";

/// @notice Nonces in no order, one bit each: a dealer signs many trades at once and they settle as they come.
abstract contract SignerNonces is IDeliveryVersusPayment {
    using BitMaps for BitMaps.BitMap;

    mapping(address signer => BitMaps.BitMap) private _nonces;

    /// @inheritdoc IDeliveryVersusPayment
    function cancelNonces(uint256[] calldata nonces) external {
        for (uint256 i; i < nonces.length; ++i) {
            _useNonce(msg.sender, nonces[i]);
            emit NonceCancelled(msg.sender, nonces[i]);
        }
    }

    /// @inheritdoc IDeliveryVersusPayment
    function nonceUsed(address signer, uint256 nonce) public view returns (bool) {
        return _nonces[signer].get(nonce);
    }

    function _useNonce(address signer, uint256 nonce) internal {
        if (_nonces[signer].get(nonce)) revert DvpNonceUsed(signer, nonce);
        _nonces[signer].set(nonce);
    }
}
