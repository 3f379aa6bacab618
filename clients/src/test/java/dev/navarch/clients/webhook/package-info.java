/** A webhook server as an operator has one, {@link dev.navarch.clients.webhook.WebhookServer}: admission and conversion. */
package dev.navarch.clients.webhook;
