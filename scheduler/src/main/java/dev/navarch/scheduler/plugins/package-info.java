/**
 * The plugins, each with upstream's name and results. Start reading at {@link
 * dev.navarch.scheduler.plugins.DefaultPlugins}.
 */
@NullMarked
package dev.navarch.scheduler.plugins;

import org.jspecify.annotations.NullMarked;
