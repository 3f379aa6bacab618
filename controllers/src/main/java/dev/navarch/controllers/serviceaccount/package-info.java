/** The default ServiceAccount of every namespace, and tokens of accounts that lie in secrets. */
@NullMarked
package dev.navarch.controllers.serviceaccount;

import org.jspecify.annotations.NullMarked;
