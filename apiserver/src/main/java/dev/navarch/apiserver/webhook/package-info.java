/**
 * Calls to webhooks: where one is, as whom it is called, what it answers. {@link dev.navarch.apiserver.webhook.HookClient}
 * makes the calls, those of admission, authentication, authorization and conversion alike. Calls block.
 */
@NullMarked
package dev.navarch.apiserver.webhook;

import org.jspecify.annotations.NullMarked;
