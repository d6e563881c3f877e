// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Role numbers in the AccessManager: one role per power. The same numbers stand in `contracts/gateway/roles.py`.
/// @dev Only REGISTRAR is read by our contracts; which selector needs which other role is wiring, kept in the AccessManager.
library Roles {
    uint64 internal constant ADMIN = 0;
    uint64 internal constant ISSUER = 1;
    uint64 internal constant SERVICING = 2;
    uint64 internal constant ENFORCEMENT = 3;
    uint64 internal constant WITHDRAW = 4;
    uint64 internal constant RELAY = 5;
    uint64 internal constant REGISTRAR = 6;
    uint64 internal constant IDENTITY = 7;
    uint64 internal constant AGENT = 8;
    uint64 internal constant DEPLOYER = 9;
    uint64 internal constant PAUSER = 10;
    uint64 internal constant UPGRADER = 11;
    /// @dev Held by the TokenFactory contract alone: a key that could call `Engine.addSeries` could list a token of its own.
    uint64 internal constant FACTORY = 12;
    uint64 internal constant CEILINGS = 13;
    uint64 internal constant RULES = 14;
    uint64 internal constant PERIODS = 15;
    uint64 internal constant SANCTIONS = 16;
    /// @dev Held by people outside who sign attestations; never sends a transaction.
    uint64 internal constant EXAMINER = 17;
    uint64 internal constant SETTLEMENT = 18;
    uint64 internal constant PAYER = 19;
    uint64 internal constant UNCLAIMED = 20;
    uint64 internal constant ANCHOR = 21;
    uint64 internal constant CLAIMS = 22;
    /// @dev Cancels what was announced under a delayed role, and can do nothing else.
    uint64 internal constant GUARDIAN = 23;
    uint64 internal constant DOCUMENTS = 24;
    /// @dev Unpauses. Whoever may stop everything must not be who starts it again.
    uint64 internal constant RESUMER = 25;
    /// @dev The fiscal agent's own key: signs what the settlement cash token is backed by.
    uint64 internal constant CASH_CONFIRMER = 26;
}
