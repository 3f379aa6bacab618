/**
 * The audit log. An {@link dev.navarch.apiserver.audit.Auditor} begins a {@link dev.navarch.apiserver.audit.AuditTrail} for
 * each request that the policy wants recorded, and hands its events to sinks: a log, a webhook, either behind a buffer with
 * a thread of its own.
 */
@org.jspecify.annotations.NullMarked
package dev.navarch.apiserver.audit;
