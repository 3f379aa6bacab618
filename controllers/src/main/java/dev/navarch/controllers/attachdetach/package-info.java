/**
 * Attaches the volumes of CSI drivers to the nodes whose pods use them, and detaches them afterwards, by way of
 * VolumeAttachment objects that the drivers' attachers carry out.
 */
@NullMarked
package dev.navarch.controllers.attachdetach;

import org.jspecify.annotations.NullMarked;
