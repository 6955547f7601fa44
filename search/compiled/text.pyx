# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""Loops over the characters of a text."""

from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.unicode cimport PyUnicode_4BYTE_KIND, PyUnicode_FromKindAndData
from libc.stdint cimport uint8_t, uint32_t


cdef class CharTable:
    """What becomes of each character: the code point that replaces it, and whether it takes a position.

    `folded` has the replacement of every code point, and `BREAK` for a character that needs more than that.
    `silent` are the characters that take no position.
    """

    cdef const uint32_t[::1] _folded
    cdef uint8_t[0x10000] _silent

    def __init__(self, const uint32_t[::1] folded, str silent):
        if len(folded) != 0x110000:
            raise ValueError("one replacement for each code point")
        self._folded = folded
        for char in silent:
            self._silent[ord(char)] = 1

    def fold(self, str text):
        """Return the text with each character replaced, or None if one needs more than that."""
        cdef Py_ssize_t i, size = len(text)
        cdef uint32_t code
        cdef uint32_t* codes = <uint32_t*> PyMem_Malloc((size + 1) * sizeof(uint32_t))
        if codes == NULL:
            raise MemoryError
        try:
            for i in range(size):
                code = self._folded[<uint32_t> text[i]]
                if code == 0xFFFFFFFF:
                    return None
                codes[i] = code
            return PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, codes, size)
        finally:
            PyMem_Free(codes)

    def without_silent(self, str text):
        """Return a folded text without what takes no position, and the offsets of what was removed.

        A hyphen and a line break take none between two letters, digits or characters. Each offset is less
        the number of those before it.
        """
        cdef Py_ssize_t i, kept = 0, size = len(text)
        cdef Py_UCS4 char
        cdef list removed = []
        cdef uint32_t* codes = <uint32_t*> PyMem_Malloc((size + 1) * sizeof(uint32_t))
        if codes == NULL:
            raise MemoryError
        try:
            for i in range(size):
                char = text[i]
                if char < 0x10000 and self._silent[char] or (
                    (char == u"-" or char == u"\n")
                    and 0 < i < size - 1 and _is_word(text[i - 1]) and _is_word(text[i + 1])
                ):
                    removed.append(kept)
                else:
                    codes[kept] = char
                    kept += 1
            if not removed:
                return text, removed
            return PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, codes, kept), removed
        finally:
            PyMem_Free(codes)


cdef inline bint _is_word(Py_UCS4 char):
    return char.isalnum() or char == u"_"
