/** Publishes the certificate authority of the API server into every namespace. */
@NullMarked
package dev.navarch.controllers.rootca;

import org.jspecify.annotations.NullMarked;
