"""What the sandbox refuses, as errors.

SandboxRefusal
├── SoldOut        the listing shows fewer units than were asked for
├── NotForSale     the product, SKU or warehouse does not sell at present
├── WrongStatus    the order cannot go from its status to the one asked for
├── NotOnShelf     somebody took goods that are not there
├── Unknown        no such shop, SKU, warehouse, product or order
└── ApiRefusal     a call is answered with an error code of the API page
"""


class SandboxRefusal(Exception):
    """Raised when the simulated world says no."""


class SoldOut(SandboxRefusal):
    """Raised when a checkout asks for more units than the listing can sell."""


class NotForSale(SandboxRefusal):
    """Raised when a checkout meets a product, SKU or warehouse that does not sell."""


class WrongStatus(SandboxRefusal):
    """Raised when an order cannot take the step asked for."""


class NotOnShelf(SandboxRefusal):
    """Raised when goods that are not there should leave the shelf."""


class Unknown(SandboxRefusal):
    """Raised when an id or a name means nothing here."""


class ApiRefusal(SandboxRefusal):
    """Raised when a call is refused; carries the code and message that the client will see."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
