/** Has objects stored anew in the form in which they would be stored today, where a StorageVersionMigration asks for it. */
@NullMarked
package dev.navarch.controllers.storageversionmigrator;

import org.jspecify.annotations.NullMarked;
