/**
 * Events: the audit trail, the lock and the progress stream of everything that changes something, and the one way to run
 * an operation: accepted in one transaction, run under a lease, journaled, ended in one transaction. Knows no feature.
 */
package io.orizuru.event;
