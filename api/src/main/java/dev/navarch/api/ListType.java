package dev.navarch.api;

/** How writers of a list share it under server-side apply ({@code x-kubernetes-list-type}). */
public enum ListType {
    /** One writer owns the whole list; also what an undeclared list means. */
    ATOMIC,
    /** The elements are scalars and each is owned alone. */
    SET,
    /** The elements are objects told apart by their {@link ListSchema#keys() keys}. */
    MAP
}
