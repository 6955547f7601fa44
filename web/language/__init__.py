"""The languages of the page: catalogs and templates."""
