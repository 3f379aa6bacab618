/** The default ServiceAccount of every namespace. */
@NullMarked
package dev.navarch.controllers.serviceaccount;

import org.jspecify.annotations.NullMarked;
