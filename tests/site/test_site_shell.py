"""The shell of the workers' site."""


def test_a_stranger_is_told_what_the_site_is(page, origin):
    """The way in leads to a page that says whose site it is, under the site's strict policy."""
    response = page.goto(origin + "/")
    assert response.status == 200
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert page.said == []
