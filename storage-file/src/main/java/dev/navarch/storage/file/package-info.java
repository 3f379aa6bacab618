/**
 * The embedded durable engine: one directory, one process, RocksDB below. Start reading at {@link
 * dev.navarch.storage.file.FileStore}.
 */
@NullMarked
package dev.navarch.storage.file;

import org.jspecify.annotations.NullMarked;
