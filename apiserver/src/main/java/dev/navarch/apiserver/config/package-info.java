/**
 * Files that say how the server is set up: {@link dev.navarch.apiserver.config.ConfigTree} reads one strictly, {@link
 * dev.navarch.apiserver.config.WatchedFiles} looks at some again while the server runs.
 */
@NullMarked
package dev.navarch.apiserver.config;

import org.jspecify.annotations.NullMarked;
