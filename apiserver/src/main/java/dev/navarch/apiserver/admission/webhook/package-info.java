/**
 * Webhooks of admission. {@link dev.navarch.apiserver.admission.webhook.AdmissionWebhooks} has the two plugins; the calls are
 * made by {@link dev.navarch.apiserver.webhook.HookClient}, on the request's own virtual thread or one beside it.
 */
@NullMarked
package dev.navarch.apiserver.admission.webhook;

import org.jspecify.annotations.NullMarked;
