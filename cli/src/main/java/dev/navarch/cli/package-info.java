/** The {@code navarch} command. Start reading at {@link dev.navarch.cli.Main}. */
@NullMarked
package dev.navarch.cli;

import org.jspecify.annotations.NullMarked;
