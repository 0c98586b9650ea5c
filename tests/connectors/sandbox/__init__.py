"""What must hold of the sandbox: it is the ruler that the product is measured with."""
