/**
 * The store on etcd, over its gRPC protocol. Start reading at {@link dev.navarch.storage.etcd.EtcdStore}.
 *
 * <p>One watch of etcd feeds the snapshot that all reads are served from; writes are etcd's transactions.
 */
@NullMarked
package dev.navarch.storage.etcd;

import org.jspecify.annotations.NullMarked;
