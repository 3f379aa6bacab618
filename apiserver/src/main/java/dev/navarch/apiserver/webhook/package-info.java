/**
 * Calls to webhooks. {@link dev.navarch.apiserver.webhook.AdmissionWebhooks} has those of admission, {@link
 * dev.navarch.apiserver.webhook.HookClient} makes the calls, also those that convert custom resources. Calls block, on the
 * request's own virtual thread or one beside it.
 */
@NullMarked
package dev.navarch.apiserver.webhook;

import org.jspecify.annotations.NullMarked;
