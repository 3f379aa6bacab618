/**
 * The default ServiceAccount of every namespace, and tokens of accounts that lie in secrets.
 *
 * <p>Follows kubernetes pkg/controller/serviceaccount: serviceaccounts_controller.go, tokens_controller.go,
 * legacy_serviceaccount_token_cleaner.go. Known difference: a secret that ceases to name its account is not taken off
 * the list of an account's secrets, on which nothing puts it today.
 */
@NullMarked
package dev.navarch.controllers.serviceaccount;

import org.jspecify.annotations.NullMarked;
