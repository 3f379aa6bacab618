/** Makes claims of devices for pods, and takes back what pods no longer use. */
@NullMarked
package dev.navarch.controllers.resourceclaim;

import org.jspecify.annotations.NullMarked;
